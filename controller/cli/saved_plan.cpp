// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/saved_plan.h"

#include <fstream>
#include <sstream>

#include "controller/cli/show/json.h"
#include "controller/cli/whole_file.h"
#include "planner/ignition/data_url.h"
#include "protocol/message/limits.h"

namespace berth::cli {

namespace {

/// Of the file; another number means another shape.
constexpr int kFormat = 1;
/// The ticket in base64, and the plan as it was shown.
constexpr std::uintmax_t kMostBytes = 4 * message::kMaxMessageBytes;

Trouble noPlan(const std::filesystem::path& path, const std::string& why) {
  return {path.string() + " is no saved plan: " + why, "Save one with: berth plan -f FILE --out " + path.string()};
}

}  // namespace

std::optional<Trouble> savePlan(const std::filesystem::path& path, const identity::PublicKey& controller,
                                const message::PlanRow& plan) {
  const show::Json file{{"berth_saved_plan", kFormat},
                        {"berth_version", BERTH_VERSION},
                        {"controller", controller.str()},
                        {"plan", show::json(plan)},
                        {"ticket", ignition::encodeBase64(plan.ticket)}};
  if (const auto error = writePrivate(path, show::jsonText(file))) {
    return Trouble{"cannot write " + path.string() + ": " + error.message(), ""};
  }
  return std::nullopt;
}

Result<SavedPlan> readSavedPlan(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return Trouble{"cannot read " + path.string() + ": " + error.message(), ""};
  if (size > kMostBytes) return noPlan(path, "it is too large");
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  const auto file = show::Json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
  if (!file.is_object() || !file.contains("berth_saved_plan")) {
    Trouble trouble = noPlan(path, "it is not what plan --out writes");
    if (path.extension() == ".yaml" || path.extension() == ".yml") {
      trouble.hint = "A spec is named with -f: berth apply -f " + path.string();
    }
    return trouble;
  }
  if (file["berth_saved_plan"] != kFormat) return noPlan(path, "another version of berth wrote it");
  const auto wordOf = [&file](const char* key) {
    return file.contains(key) && file[key].is_string() ? file[key].get<std::string>() : std::string();
  };
  const auto controller = identity::PublicKey::parse(wordOf("controller"));
  auto ticket = ignition::decodeBase64(wordOf("ticket"));
  if (!controller || !std::holds_alternative<std::string>(ticket) || std::get<std::string>(ticket).empty()) {
    return noPlan(path, "it is damaged");
  }
  return SavedPlan{*controller, std::get<std::string>(std::move(ticket))};
}

}  // namespace berth::cli
