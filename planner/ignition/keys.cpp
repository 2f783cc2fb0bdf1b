// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/keys.h"

namespace berth::ignition {

std::string keyOf(const Value& element) {
  if (element.kind() != Value::Kind::object) return element.text();
  switch (element.shape().key) {
    case Key::device: return std::string(element.textOr("device"));
    case Key::name: return std::string(element.textOr("name"));
    case Key::path: return std::string(element.textOr("path"));
    case Key::source: return std::string(element.textOr("source"));
    case Key::url: return std::string(element.textOr("url"));
    case Key::numberOrLabel: {
      std::int64_t number = element.integerOr("number", 0);
      // A label may look like a number; the first character keeps them apart.
      if (number != 0) return "#" + std::to_string(number);
      const Value* label = element.find("label");
      return label == nullptr ? std::string() : "=" + label->text();
    }
    case Key::none: break;
  }
  return {};
}

}  // namespace berth::ignition
