// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/butane/butane_command.h"

#include <fstream>
#include <istream>
#include <ostream>

#include "controller/cli/butane/butane_flags.h"
#include "controller/cli/butane/files_directory.h"
#include "controller/cli/butane/input.h"
#include "controller/cli/butane/report.h"
#include "planner/butane/translate.h"
#include "planner/ignition/write.h"

namespace berth::cli {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
/// The lines around its place are shown with the first findings; whoever has more of them needs a list.
constexpr std::size_t kMostExcerpts = 1000;
constexpr std::string_view kStandardInput = "<stdin>";

struct Input {
  std::string name;
  std::string text;
};

std::variant<Input, source::Unreadable> inputOf(const ButaneFlags& flags, std::istream& in) {
  auto name = flags.input && !flags.input->empty() ? flags.input : flags.file;
  if (!name || name->empty()) return Input{std::string(kStandardInput), readInput(in)};
  auto read = readInputFile(*name);
  if (auto* why = std::get_if<source::Unreadable>(&read)) {
    return source::Unreadable{"failed to open " + *name + ": " + why->reason};
  }
  return Input{*name, std::move(std::get<std::string>(read))};
}

void report(const ignition::Findings& findings, const Input& input, const ButaneFlags& flags, ReportStyle automatic,
            std::ostream& err) {
  bool coloured = flags.colour == ButaneFlags::When::always ||
                  (flags.colour == ButaneFlags::When::automatic && automatic == ReportStyle::coloured);
  ReportedText text(input.name, input.text);
  ReportStyle style = coloured ? ReportStyle::coloured : ReportStyle::plain;
  std::size_t told = 0;
  for (const ignition::Finding& each : findings) {
    bool isShort = flags.rawErrors || told >= kMostExcerpts;
    if (told++ != 0 && !isShort) err << '\n';
    err << (isShort ? lineOf(each) : excerptOf(each, text, style)) << '\n';
  }
}

int deliver(const std::string& json, const ButaneFlags& flags, std::ostream& out, std::ostream& err) {
  if (flags.output.empty()) {
    out << json << '\n' << std::flush;
    if (out) return kDone;
    err << "failed to write config to standard output\n";
    return kFailed;
  }
  std::ofstream file(flags.output, std::ios::binary | std::ios::trunc);
  file << json << '\n' << std::flush;
  if (file) return kDone;
  err << "failed to write " << flags.output << "\n";
  return kFailed;
}

int translateInput(const Input& input, const ButaneFlags& flags, ReportStyle automatic, std::ostream& out,
                   std::ostream& err) {
  FilesDirectory directory(flags.filesDirectory);
  butane::Options options{.file = input.name, .files = flags.filesDirectory.empty() ? nullptr : &directory};
  butane::Result result = butane::translate(input.text, options);
  report(result.findings, input, flags, automatic, err);
  if (!result.config) {
    err << "Error translating config: " << result.failure << '\n';
    return kFailed;
  }
  if (flags.strict && !result.findings.empty()) {
    err << "Config produced warnings and --strict was specified\n";
    return kFailed;
  }
  if (flags.check) return kDone;
  auto layout = flags.pretty ? ignition::Layout::pretty : ignition::Layout::compact;
  return deliver(ignition::write(*result.config, layout), flags, out, err);
}

}  // namespace

int runButane(std::span<const std::string> args, std::istream& in, std::ostream& out, std::ostream& err,
              const ButaneCall& call) {
  auto parsed = parseButaneFlags(args);
  if (auto* wrong = std::get_if<WrongUsage>(&parsed)) {
    err << butaneUsage(call.program) << wrong->reason << (wrong->reason.empty() ? "" : "\n");
    return kWrongUsage;
  }
  const ButaneFlags& flags = std::get<ButaneFlags>(parsed);
  if (flags.input) err << "Flag --input has been deprecated, specify filename directly on command line\n";
  bool namesTwo = flags.file && flags.input && !flags.input->empty();
  if (namesTwo) return err << butaneUsage(call.program), kWrongUsage;
  if (flags.help) return out << butaneUsage(call.program), kDone;
  if (flags.version) return out << "Berth " << BERTH_VERSION << ", as Butane 0.29.0\n", kDone;
  auto input = inputOf(flags, in);
  if (auto* why = std::get_if<source::Unreadable>(&input)) {
    err << why->reason << '\n';
    return kFailed;
  }
  return translateInput(std::get<Input>(input), flags, call.automatic, out, err);
}

}  // namespace berth::cli
