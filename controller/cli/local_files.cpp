// SPDX-License-Identifier: Apache-2.0
//
// Paths are walked by hand, one component after the other, each opened relative to the one before and never through a
// link that the kernel follows for us: what was checked is what is read, even if somebody moves things meanwhile.
#include "controller/cli/local_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berth::cli {

using source::TreeEntry;
using source::Unreadable;

namespace {

constexpr int kMaxLinks = 40;
constexpr std::size_t kMaxEntries = 10'000;
constexpr int kMaxDepth = 64;

class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool good() const { return fd_ >= 0; }

private:
  int fd_;
};

/// The system's words, in lower case as Butane and Ignition have them.
std::string systemWords(int error) {
  std::string text = std::generic_category().message(error);
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

Unreadable cannot(std::string_view verb, std::string_view path, std::string_view why) {
  return {std::string(verb) + " " + std::string(path) + ": " + std::string(why)};
}

std::deque<std::string> componentsOf(std::string_view path) {
  std::deque<std::string> components;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0 && path.substr(0, end) != ".") components.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return components;
}

std::optional<std::string> linkTarget(int directory, const char* name) {
  std::array<char, 4096> target{};
  const ssize_t length = ::readlinkat(directory, name, target.data(), target.size());
  if (length < 0 || static_cast<std::size_t>(length) == target.size()) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

std::string joined(const std::vector<std::string>& components) {
  std::string out;
  for (const std::string& component : components) out += (out.empty() ? "" : "/") + component;
  return out;
}

}  // namespace

/// Where a path leads once every link on its way is followed.
struct LocalFiles::Reached {
  Descriptor fd{-1};
  struct stat status {};
  /// Relative to the root, without links.
  std::string path;
};

std::variant<LocalFiles::Reached, Unreadable> LocalFiles::resolve(std::string_view asked) const {
  const auto inside = source::normalised(asked);
  if (!inside) return cannot("open", asked, "outside of the directory of the spec");
  std::vector<Descriptor> parents;
  parents.emplace_back(::open(root_.empty() ? "." : root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parents.back().good()) return cannot("open", root_.string(), systemWords(errno));
  std::vector<std::string> real;
  int links = 0;
  for (std::deque<std::string> left = componentsOf(*inside); !left.empty();) {
    const std::string name = left.front();
    left.pop_front();
    if (name == "..") {
      if (real.empty()) return cannot("open", asked, "a symbolic link leads out of the directory of the spec");
      real.pop_back();
      parents.pop_back();
      continue;
    }
    Descriptor next(::openat(parents.back().get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!next.good()) return cannot("open", asked, systemWords(errno));
    struct stat status {};
    if (::fstat(next.get(), &status) != 0) return cannot("open", asked, systemWords(errno));
    real.push_back(name);
    if (!S_ISLNK(status.st_mode)) {
      parents.push_back(std::move(next));
      continue;
    }
    const auto target = linkTarget(parents.back().get(), name.c_str());
    if (!target || ++links > kMaxLinks) return cannot("open", asked, "too many levels of symbolic links");
    if (target->starts_with('/'))
      return cannot("open", asked, "a symbolic link leads out of the directory of the spec");
    read_.insert_or_assign(joined(real), source::BundledFile{*target, TreeEntry::Kind::link, false});
    real.pop_back();
    const auto more = componentsOf(*target);
    left.insert(left.begin(), more.begin(), more.end());
  }
  Reached reached;
  if (::fstat(parents.back().get(), &reached.status) != 0) return cannot("open", asked, systemWords(errno));
  reached.fd = std::move(parents.back());
  reached.path = joined(real);
  return reached;
}

std::variant<std::string, Unreadable> LocalFiles::content(const Reached& reached, std::string_view asked) const {
  if (S_ISDIR(reached.status.st_mode)) return cannot("read", asked, "is a directory");
  if (!S_ISREG(reached.status.st_mode)) return cannot("read", asked, "not a regular file");
  const std::string tooLarge =
      "too large: the files of a spec may have " + std::to_string(kMaxSpecBytes >> 20) + " MiB together";
  const auto size = static_cast<std::size_t>(reached.status.st_size);
  const bool known = read_.contains(reached.path);
  if (size > kMaxSpecBytes || (!known && bytes_ + size > kMaxSpecBytes)) return cannot("read", asked, tooLarge);
  // The descriptor only names the file; this opens that very one.
  const std::string self = "/proc/self/fd/" + std::to_string(reached.fd.get());
  const Descriptor file(::open(self.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.good()) return cannot("open", asked, systemWords(errno));
  std::string bytes;
  std::array<char, 65536> piece{};
  while (true) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", asked, systemWords(errno));
    if (got == 0) break;
    bytes.append(piece.data(), static_cast<std::size_t>(got));
    if (bytes.size() > kMaxSpecBytes) return cannot("read", asked, tooLarge);
  }
  if (!known) bytes_ += bytes.size();
  return bytes;
}

std::variant<std::string, Unreadable> LocalFiles::read(std::string_view path) const {
  auto resolved = resolve(path);
  if (auto* unreadable = std::get_if<Unreadable>(&resolved)) return std::move(*unreadable);
  const auto& reached = std::get<Reached>(resolved);
  auto bytes = content(reached, path);
  if (const auto* text = std::get_if<std::string>(&bytes)) {
    const bool executable = (reached.status.st_mode & 0111U) != 0;
    read_.insert_or_assign(reached.path, source::BundledFile{*text, TreeEntry::Kind::file, executable});
  }
  return bytes;
}

/// Adds what lies in `directory` to the tree, depth first; `prefix` is its path in the tree, `real` below the root.
void LocalFiles::list(int directory, const std::string& prefix, const std::string& real, source::Tree& tree) const {
  if (std::ranges::count(prefix, '/') > kMaxDepth) return;
  const int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* opened = again < 0 ? nullptr : ::fdopendir(again);
  if (opened == nullptr) return;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(opened)) {
    const std::string_view name = &entry->d_name[0];
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(opened);
  std::ranges::sort(names);
  for (const std::string& name : names) {
    if (tree.entries.size() >= kMaxEntries) return;
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    TreeEntry entry{prefix + name, TreeEntry::Kind::other, false, {}};
    const std::string path = std::string(real).append(real.empty() ? "" : "/").append(name);
    if (S_ISREG(status.st_mode)) {
      entry.kind = TreeEntry::Kind::file;
      entry.executable = (status.st_mode & 0111U) != 0;
    } else if (S_ISLNK(status.st_mode)) {
      entry.kind = TreeEntry::Kind::link;
      entry.linkTarget = linkTarget(directory, name.c_str()).value_or("");
      read_.insert_or_assign(path, source::BundledFile{entry.linkTarget, entry.kind, false});
    } else if (S_ISDIR(status.st_mode)) {
      entry.kind = TreeEntry::Kind::directory;
      read_.insert_or_assign(path, source::BundledFile{{}, entry.kind, false});
    }
    tree.entries.push_back(entry);
    if (entry.kind != TreeEntry::Kind::directory) continue;
    const Descriptor below(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (below.good()) list(below.get(), entry.path + "/", path, tree);
  }
}

std::variant<source::Tree, Unreadable> LocalFiles::tree(std::string_view path) const {
  auto resolved = resolve(path);
  if (auto* unreadable = std::get_if<Unreadable>(&resolved)) return std::move(*unreadable);
  const auto& reached = std::get<Reached>(resolved);
  source::Tree tree;
  if (S_ISREG(reached.status.st_mode)) return tree;
  if (!S_ISDIR(reached.status.st_mode)) {
    tree.root.kind = TreeEntry::Kind::other;
    return tree;
  }
  tree.root.kind = TreeEntry::Kind::directory;
  if (!reached.path.empty()) {
    read_.insert_or_assign(reached.path, source::BundledFile{{}, TreeEntry::Kind::directory, false});
  }
  list(reached.fd.get(), "", reached.path, tree);
  if (tree.entries.size() >= kMaxEntries) return cannot("list", path, "too many files");
  return tree;
}

}  // namespace berth::cli
