// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/butane/files_directory.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berth::cli {
namespace {

using source::TreeEntry;
using source::Unreadable;

/// "open files/x: no such file or directory"
Unreadable refused(std::string_view call, const std::string& path, int code) {
  std::string why = std::strerror(code);
  if (!why.empty() && why[0] >= 'A' && why[0] <= 'Z') why[0] = static_cast<char>(why[0] + ('a' - 'A'));
  return {std::string(call) + " " + path + ": " + why};
}

class Descriptor {
public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

private:
  int number_;
};

TreeEntry entryOf(const std::filesystem::directory_entry& found, std::string relative) {
  TreeEntry entry;
  entry.path = std::move(relative);
  std::error_code ignored;
  auto status = found.symlink_status(ignored);
  switch (status.type()) {
    case std::filesystem::file_type::regular: entry.kind = TreeEntry::Kind::file; break;
    case std::filesystem::file_type::directory: entry.kind = TreeEntry::Kind::directory; break;
    case std::filesystem::file_type::symlink: entry.kind = TreeEntry::Kind::link; break;
    default: entry.kind = TreeEntry::Kind::other; break;
  }
  using enum std::filesystem::perms;
  entry.executable = (status.permissions() & (owner_exec | group_exec | others_exec)) != none;
  if (entry.kind == TreeEntry::Kind::link) entry.linkTarget = std::filesystem::read_symlink(found.path(), ignored);
  return entry;
}

Unreadable tooMuch(std::string_view call, const std::string& path) {
  return {std::string(call) + " " + path + ": the files are larger than " + std::to_string(kMostFileBytes) +
          " bytes together"};
}

/// Adds what is in `directory`, and below. Nothing when all could be listed.
std::optional<Unreadable> list(const std::string& directory, const std::string& prefix, source::Tree& tree,
                               std::uintmax_t& bytes) {
  std::error_code failure;
  std::vector<std::filesystem::directory_entry> found;
  for (std::filesystem::directory_iterator each(directory, failure), end; !failure && each != end;
       each.increment(failure)) {
    found.push_back(*each);
  }
  if (failure) return refused("open", directory, failure.value());
  std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
    return left.path().filename().native() < right.path().filename().native();
  });
  for (const auto& each : found) {
    std::string name = each.path().filename();
    if (tree.entries.size() >= kMostTreeEntries) {
      return Unreadable{"open " + directory + ": more than " + std::to_string(kMostTreeEntries) + " files"};
    }
    tree.entries.push_back(entryOf(each, prefix + name));
    if (tree.entries.back().kind == TreeEntry::Kind::file) {
      std::error_code ignored;
      const auto size = each.file_size(ignored);
      bytes += ignored ? 0 : size;
      if (bytes > kMostFileBytes) return tooMuch("read", directory + "/" + name);
    }
    if (tree.entries.back().kind != TreeEntry::Kind::directory) continue;
    if (auto wrong = list(directory + "/" + name, prefix + name + "/", tree, bytes)) return wrong;
  }
  return std::nullopt;
}

}  // namespace

std::variant<std::string, Unreadable> readRegularFile(const std::string& path, std::size_t most) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return refused("open", path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return refused("stat", path, errno);
  if (S_ISDIR(status.st_mode)) return refused("read", path, EISDIR);
  if (!S_ISREG(status.st_mode)) return Unreadable{"open " + path + ": not a regular file"};
  std::string bytes;
  std::array<char, 65536> chunk;
  while (bytes.size() < most) {
    ssize_t count = ::read(file.number(), chunk.data(), std::min(chunk.size(), most - bytes.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return refused("read", path, errno);
    if (count == 0) return bytes;
    bytes.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return bytes;
}

// As it appears in messages: "files" and "x" make "files/x", "." and "x" make "x".
std::string FilesDirectory::join(std::string_view path) const {
  std::string joined = (std::filesystem::path(root_) / path).lexically_normal();
  while (joined.size() > 1 && joined.ends_with('/')) joined.pop_back();
  return joined;
}

std::variant<std::string, Unreadable> FilesDirectory::read(std::string_view path) const {
  std::string file = join(path);
  auto read = readRegularFile(file, kLargestFile + 1);
  const auto* bytes = std::get_if<std::string>(&read);
  if (bytes == nullptr) return read;
  if (bytes->size() > kLargestFile) {
    return Unreadable{"read " + file + ": larger than " + std::to_string(kLargestFile) + " bytes"};
  }
  bytesRead_ += bytes->size();
  return bytesRead_ <= kMostFileBytes ? read : tooMuch("read", file);
}

std::variant<source::Tree, Unreadable> FilesDirectory::tree(std::string_view path) const {
  std::string root = join(path);
  struct stat status {};
  if (::stat(root.c_str(), &status) != 0) return refused("stat", root, errno);
  source::Tree tree;
  if (!S_ISDIR(status.st_mode)) {
    tree.root.kind = S_ISREG(status.st_mode) ? TreeEntry::Kind::file : TreeEntry::Kind::other;
    return tree;
  }
  std::error_code ignored;
  tree.root.kind = TreeEntry::Kind::directory;
  if (std::filesystem::is_symlink(root, ignored)) {
    tree.root.kind = TreeEntry::Kind::link;
    tree.root.linkTarget = std::filesystem::read_symlink(root, ignored);
    return tree;
  }
  std::uintmax_t bytes = bytesRead_;
  if (auto wrong = list(root, "", tree, bytes)) return *wrong;
  return tree;
}

}  // namespace berth::cli
