// SPDX-License-Identifier: Apache-2.0
//
// The heart of the agent: what should be, what is, and the one next step from here to there. A pure function over a
// closed set of situations, so that all of them are tested (step_test.cpp walks every one).
//
// What it promises, in the words of the invariants:
//   I1   no step makes or starts an instance while another one of its node is here
//   I9   a crash between any two steps leaves a situation that is in this table
//   I11  nothing that is neither condemned nor fenced nor halted is ever shut down, powered off or removed, but for a
//        directory that belongs to nobody and holds no disk
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/hypervisor/hypervisor.h"

namespace berth::reconcile {

/// What the manifest says of an instance.
enum class Belonging : std::uint8_t {
  wanted,       ///< it has an entry
  condemned,    ///< it has a tombstone
  unexplained,  ///< neither: left alone and reported, until somebody says what it is
};

/// How far a graceful stop has come.
enum class Stopping : std::uint8_t {
  notAsked,
  farewell,  ///< its services are still being told
  asked,     ///< the guest may still do it
  overdue,   ///< its deadline is over, or it cannot hear: it hangs before its first boot was done
};

/// All that the next step depends on.
struct Situation {
  Belonging belonging = Belonging::unexplained;
  /// Empty: there is no domain.
  std::optional<hypervisor::Power> power;
  /// It has a directory.
  bool files = false;
  /// The directory holds a root disk.
  bool rootDisk = false;

  /// By now it may have been made elsewhere: it must not run here, whatever else is said of it.
  bool fenced = false;

  // Wanted:
  /// It is to be there and switched off.
  bool halted = false;
  /// The node spec is here, and this host's policy allows it.
  bool specUsable = false;
  /// The domain was defined from the spec that the entry names.
  bool asSpecified = false;
  bool imageReady = false;
  /// Its spec is usable and names artifacts that are not here.
  bool lacksArtifacts = false;
  /// Another instance of the node has a domain here, or may have one.
  bool otherHere = false;
  /// Its first boot failed for a reason that starting again does not mend.
  bool hopeless = false;
  /// The last attempt to update it in place failed.
  bool updateFails = false;
  /// Its first boot is over, and its Ignition config is here all the same.
  bool configLeft = false;
  /// It went down too often, or by hand where that is left so: it stays down until somebody wants it otherwise.
  bool leftDown = false;

  // Condemned or halted:
  Stopping stopping = Stopping::notAsked;

  // Unexplained:
  /// There is a manifest. Without one nothing can be said to belong to nobody.
  bool manifestHere = false;
};

enum class Step : std::uint8_t {
  none,
  fetchImage,  ///< and artifacts
  create,      ///< directory, root disk, Ignition config, domain: each only if it is not there yet
  update,      ///< volumes are made or grown, the domain is defined anew; a guest that runs goes on
  forget,      ///< the domain is defined without the Ignition config, then that is overwritten and removed
  start,
  shutdown,  ///< asks the guest
  powerOff,
  remove,  ///< domain, then directory
};
/// "create", "power off", …
[[nodiscard]] std::string_view toString(Step step);

[[nodiscard]] Step nextStep(const Situation& situation);

}  // namespace berth::reconcile
