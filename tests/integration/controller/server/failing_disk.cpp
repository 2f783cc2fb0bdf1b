// SPDX-License-Identifier: Apache-2.0
//
// Put before a program (LD_PRELOAD), it lets the disk below the directory BERTH_TEST_DISK fail for as long as a file
// beside it, <directory>.fails, says how: "full" (nothing can be written: ENOSPC) or "sync" (nothing gets to the
// platter: EIO).
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

/// Whether it is to fail in this way, for this file.
bool fails(int file, const char* how) {
  const char* directory = std::getenv("BERTH_TEST_DISK");
  if (directory == nullptr) return false;
  char name[4096];
  std::snprintf(name, sizeof name, "%s.fails", directory);
  const int switchFile = ::open(name, O_RDONLY | O_CLOEXEC);
  if (switchFile < 0) return false;
  char word[16] = {};
  const auto length = ::read(switchFile, word, sizeof word - 1);
  ::close(switchFile);
  if (length <= 0 || std::strncmp(word, how, std::strlen(how)) != 0) return false;
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const auto size = ::readlink(link, name, sizeof name - 1);
  if (size <= 0) return false;
  name[size] = 0;
  return std::strncmp(name, directory, std::strlen(directory)) == 0;
}

template <class Function>
Function next(const char* name) {
  void* found = ::dlsym(RTLD_NEXT, name);
  Function function = nullptr;
  std::memcpy(&function, &found, sizeof function);
  return function;
}

int failure(int code) {
  errno = code;
  return -1;
}

}  // namespace

extern "C" {

ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
  if (fails(file, "full")) return failure(ENOSPC);
  return next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at) {
  if (fails(file, "full")) return failure(ENOSPC);
  return next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(file, bytes, count, at);
}

int fdatasync(int file) {
  if (fails(file, "sync")) return failure(EIO);
  return next<int (*)(int)>("fdatasync")(file);
}

int fsync(int file) {
  if (fails(file, "sync")) return failure(EIO);
  return next<int (*)(int)>("fsync")(file);
}
}
