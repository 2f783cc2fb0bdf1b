// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/butane/input.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <istream>
#include <string_view>

#include "controller/cli/butane/files_directory.h"

namespace berth::cli {
namespace {

/// Names of descriptors that are open already.
bool isDescriptor(std::string_view path) {
  constexpr std::array<std::string_view, 2> kDirectories = {"/dev/fd/", "/proc/self/fd/"};
  return path == "/dev/stdin" ||
         std::ranges::any_of(kDirectories, [&](std::string_view directory) { return path.starts_with(directory); });
}

}  // namespace

std::string readInput(std::istream& in) {
  std::string text;
  std::string chunk(65536, '\0');
  while (text.size() < kMostInput && in) {
    in.read(chunk.data(), static_cast<std::streamsize>(std::min(chunk.size(), kMostInput - text.size())));
    text.append(chunk, 0, static_cast<std::size_t>(in.gcount()));
  }
  return text;
}

std::variant<std::string, source::Unreadable> readInputFile(const std::string& path) {
  if (!isDescriptor(path)) return readRegularFile(path, kMostInput);
  std::ifstream in(path, std::ios::binary);
  if (!in) return source::Unreadable{"open " + path + ": no such file or directory"};
  return readInput(in);
}

}  // namespace berth::cli
