// SPDX-License-Identifier: Apache-2.0
//
// A config inside of a config: it is passed on as it is, for the node to merge, but what it would fail on there is told
// here.
#include "planner/butane/translation.h"
#include "planner/ignition/read.h"

namespace berth::butane {

void checkInlineConfig(Translation& translation, const ignition::Value& reference) {
  const ignition::Value& text = *reference.find("inline");
  auto inspected = ignition::inspect(text.text(), translation.dialect.target, ignition::Rules::v2_26);
  if (!inspected.isReadable) {
    // The text's own places mean nothing in this one.
    for (const ignition::Finding& each : inspected.findings) translation.error({}, each.message);
    return translation.error(text.origin(), "config is not valid");
  }
  auto version = ignition::normalisedVersion(inspected.version);
  if (version && *version != ignition::str(translation.dialect.target)) {
    return translation.warning(Translation::below(reference, "version"),
                               "skipping validation for the merge/replace ignition config due to an unkown version");
  }
  if (!version) {
    translation.error({"$.ignition.version", text.origin().mark}, "invalid config version (couldn't parse)");
  }
  for (ignition::Finding& each : inspected.findings) translation.findings.push_back(std::move(each));
}

}  // namespace berth::butane
