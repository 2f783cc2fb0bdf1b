// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/drain.h"

#include "planner/stack/nomad.h"
#include "planner/stack/scripts.h"

namespace berth::stack {
namespace {

// Beyond the deadline Nomad has to kill what is left, and the script to see that.
constexpr std::chrono::seconds kLonger{60};

}  // namespace

std::chrono::seconds timeToDrain(const spec::Nomad& nomad) { return nomad.drainDeadline + kLonger; }

Own nomadDrain(const Writing& writing) {
  const std::chrono::seconds deadline = writing.stack.nomad->drainDeadline;
  const std::string program = ownPath("nomad", "drain");
  Environment environment;
  environment.set("CA", caPath(kNomadDirectory)).set("DATA_DIR", *writing.stack.nomad->dataDir);
  environment.set("DEADLINE", std::to_string(deadline.count()));
  Own own;
  own.files.push_back({program, std::string(script::nomadDrain)});
  // It is stopped before Nomad and Podman are. Nomad may be restarted without it: jobs go on meanwhile.
  own.units.push_back({kNomadDrainUnit,
                       "# Written by Berth.\n[Unit]\nDescription=Hand on the jobs of Nomad before a shutdown\n"
                       "Wants=nomad.service\nAfter=nomad.service podman.socket podman.service\n\n"
                       "[Service]\nType=oneshot\nRemainAfterExit=yes\nTimeoutStartSec=infinity\nTimeoutStopSec=" +
                           std::to_string(timeToDrain(*writing.stack.nomad).count()) + "\n" + environment.lines() +
                           "ExecStart=/bin/bash " + program + " start\nExecStop=/bin/bash " + program +
                           " stop\n\n[Install]\nWantedBy=multi-user.target\n"});
  return own;
}

}  // namespace berth::stack
