// SPDX-License-Identifier: Apache-2.0
//
// A config inside of a config: it is passed on as it is, for the node to merge, but what it would fail on there is told
// here.
#include "planner/butane/translation.h"
#include "planner/ignition/read.h"

namespace berth::butane {

void checkInlineConfig(Translation& translation, const ignition::Value& reference) {
  const ignition::Value& text = *reference.find("inline");
  auto stated = ignition::statedVersion(text.text());
  if (!stated.findings.empty()) {
    // The text's own places mean nothing in this one.
    for (const ignition::Finding& each : stated.findings) translation.error({}, each.message);
    return translation.error(text.origin(), "config is not valid");
  }
  auto version = ignition::normalisedVersion(stated.version);
  if (!version) {
    return translation.error({"$.ignition.version", text.origin().mark}, "invalid config version (couldn't parse)");
  }
  if (*version != ignition::str(translation.dialect.target)) {
    return translation.warning(Translation::below(reference, "version"),
                               "skipping validation for the merge/replace ignition config due to an unkown version");
  }
  auto parsed = ignition::parse(text.text(), translation.options.file, ignition::Rules::v2_26);
  for (ignition::Finding& each : parsed.findings) translation.findings.push_back(std::move(each));
}

}  // namespace berth::butane
