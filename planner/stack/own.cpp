// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/own.h"

#include <iterator>

namespace berth::stack {
namespace {

std::string unitText(const Step& step, std::string_view order, std::string_view type) {
  return "# Written by Berth.\n[Unit]\nDescription=" + step.meaning + "\nAfter=" + step.after +
         "\nRequires=" + step.after + "\n" + std::string(order) + "\n[Service]\n" + std::string(type) +
         (step.user.empty() ? "" : "User=" + step.user + "\n") + step.environment + "ExecStart=/bin/bash " +
         step.program + "\n\n[Install]\nWantedBy=multi-user.target\n";
}

template <typename T>
void append(std::vector<T>& list, std::vector<T> more) {
  list.insert(list.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
}

}  // namespace

void Own::add(Own more) {
  append(files, std::move(more.files));
  append(units, std::move(more.units));
}

std::string ownPath(std::string_view directory, std::string_view file) {
  return std::string(kOwnDirectory) + "/" + std::string(directory) + "/" + std::string(file);
}

OwnFile header(std::string_view directory, std::string_view name, std::string_view key, const std::string& token,
               const std::string& owner) {
  return {ownPath(directory, std::string(name) + ".header"), std::string(key) + ": " + token + "\n", owner};
}

std::string urlOf(const std::string& address, std::uint16_t port) {
  return "https://" + address + ":" + std::to_string(port);
}

std::string urlsOf(const std::vector<std::string>& addresses, std::uint16_t port) {
  std::string urls;
  for (const std::string& each : addresses) urls += (urls.empty() ? "" : " ") + urlOf(each, port);
  return urls;
}

Environment& Environment::set(std::string_view name, std::string_view value) {
  lines_ += "Environment=\"" + std::string(name) + "=" + std::string(value) + "\"\n";
  return *this;
}

OwnUnit waitingUnit(const Step& step) {
  // No node reboots into a new release before it serves.
  return {step.name,
          unitText(step, "Before=zincati.service\n", "Type=oneshot\nRemainAfterExit=yes\nTimeoutStartSec=infinity\n")};
}

OwnUnit backgroundUnit(const Step& step) { return {step.name, unitText(step, "", "Type=exec\nRemainAfterExit=yes\n")}; }

}  // namespace berth::stack
