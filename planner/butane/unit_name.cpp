// SPDX-License-Identifier: Apache-2.0
#include "planner/butane/unit_name.h"

namespace berth::butane {

std::string escapedUnitPath(std::string_view path) {
  constexpr char kDigits[] = "0123456789abcdef";
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    char c = path[i];
    auto code = static_cast<unsigned char>(c);
    bool isKept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '_' ||
                  (c == '.' && i > 0);
    if (c == '/') {
      if (path[i - 1] != '/') out += '-';
    } else if (isKept) {
      out += c;
    } else {
      out += "\\x";
      if (code >= 16) out += kDigits[code >> 4];
      out += kDigits[code & 15];
    }
  }
  return out.empty() ? "-" : out;
}

}  // namespace berth::butane
