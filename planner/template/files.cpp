// SPDX-License-Identifier: Apache-2.0
//
// Files lie in the directory of the spec or below; their bytes travel with the spec.
#include <array>

#include "planner/source/text.h"
#include "planner/template/encoding.h"
#include "planner/template/function.h"

namespace berth::templates {
namespace {

Value file(const Call& call) {
  std::string bytes = call.around().read(call.text(0));
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = source::utf8Length(std::string_view(bytes).substr(at, 4));
    if (length == 0) call.refuse("the file is no UTF-8; filebase64() takes any");
    at += length;
  }
  return Value::of(std::move(bytes));
}

Value fileexists(const Call& call) { return Value::of(call.around().exists(call.text(0))); }

Value filebase64(const Call& call) {
  std::string text = base64(call.around().read(call.text(0)));
  if (text.size() > kMaxTextBytes) call.refuse("the file is too large");
  return Value::of(std::move(text));
}

constexpr std::array kFunctions{
    Function{"file", 1, 1, file},
    Function{"filebase64", 1, 1, filebase64},
    Function{"fileexists", 1, 1, fileexists},
};

}  // namespace

std::span<const Function> fileFunctions() { return kFunctions; }

}  // namespace berth::templates
