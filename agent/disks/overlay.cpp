// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/overlay.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "agent/disks/file.h"
#include "agent/disks/program.h"

namespace berth::disks {
namespace {

constexpr std::uint64_t kSector = 512;
/// It writes some 200 KiB. Longer than this means that the disk hangs, and the caller wants to know.
constexpr std::chrono::seconds kQemuImgLimit{60};
/// It reads and writes all that a disk holds: 10 TiB at 500 MB/s.
constexpr std::chrono::hours kCopyLimit{6};

std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Runs qemu-img with these arguments; `attempted` and `object` are for the Error when it fails.
Result<> run(const QemuImg& qemuImg, std::vector<std::string> arguments, const std::string& attempted,
             const std::filesystem::path& object, std::chrono::milliseconds limit = kQemuImgLimit,
             const std::stop_token& stop = {}) {
  arguments.insert(arguments.begin(), qemuImg.program);
  const auto ran = runProgram(arguments, limit, stop);
  if (auto failed = failure(ran)) return *failed;
  const auto& finished = std::get<Finished>(ran);
  if (finished.status == 0) return Ok{};
  return Error{Error::Kind::temporary, attempted, object.string(), firstLine(finished.output)};
}

/// Empty and 0600, since qemu-img would make it readable by everybody.
Result<> begin(const std::filesystem::path& fresh) {
  if (auto failed = failure(removeFile(fresh))) return *failed;
  return writeWhole(fresh, "", FileMode::secret);
}

/// Makes `disk` under another name by `qemu-img create -f qcow2 OPTIONS FILE SIZE`, unless it is there.
Result<> make(const QemuImg& qemuImg, const std::vector<std::string>& options, Bytes size, const std::string& attempted,
              const std::filesystem::path& disk) {
  struct stat there {};
  if (::lstat(disk.c_str(), &there) == 0) return Ok{};
  if (errno != ENOENT) return Error::fromErrno("looking at", disk, errno);
  const std::filesystem::path fresh = halfMade(disk);
  if (auto failed = failure(begin(fresh))) return *failed;
  std::vector<std::string> arguments{"create", "-q", "-f", "qcow2"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.insert(arguments.end(), {fresh.string(), std::to_string(size.count())});
  if (auto failed = failure(run(qemuImg, std::move(arguments), attempted, disk))) {
    (void)removeFile(fresh);
    return *failed;
  }
  return publish(fresh, disk);
}

}  // namespace

Result<Bytes> rootDiskSize(Bytes asked, Bytes imageVirtualSize) {
  const Bytes size((asked.count() + kSector - 1) / kSector * kSector);
  if (size < imageVirtualSize) {
    return Error{Error::Kind::permanent, "sizing", "the root disk",
                 asked.str() + " asked for, but the image needs " + imageVirtualSize.str()};
  }
  return size;
}

Result<> makeOverlay(const QemuImg& qemuImg, const std::filesystem::path& base, Bytes size,
                     const std::filesystem::path& overlay) {
  struct stat there {};
  if (::stat(base.c_str(), &there) != 0) return Error::fromErrno("looking at the image", base, errno);
  return make(qemuImg, {"-F", "qcow2", "-b", base}, size, "making the overlay", overlay);
}

Result<> makeEmptyDisk(const QemuImg& qemuImg, Bytes size, const std::filesystem::path& disk) {
  return make(qemuImg, {}, size, "making the disk", disk);
}

Result<> copyDisk(const QemuImg& qemuImg, const std::filesystem::path& disk, const std::filesystem::path& fresh,
                  const std::stop_token& stop) {
  if (auto failed = failure(begin(fresh))) return *failed;
  return copyOnto(qemuImg, disk, fresh, stop);
}

Result<> copyOnto(const QemuImg& qemuImg, const std::filesystem::path& disk, const std::filesystem::path& device,
                  const std::stop_token& stop) {
  if (auto failed = failure(run(qemuImg, {"convert", "-q", "-f", "qcow2", "-O", "qcow2", disk, device},
                                "copying the disk", disk, kCopyLimit, stop)))
    return *failed;
  return run(qemuImg, {"compare", "-q", "-f", "qcow2", "-F", "qcow2", disk, device}, "comparing the copy with", disk,
             kCopyLimit, stop);
}

Result<> makeTarget(const QemuImg& qemuImg, Bytes size, const std::filesystem::path& fresh) {
  if (auto failed = failure(begin(fresh))) return *failed;
  return makeOn(qemuImg, size, fresh);
}

Result<> makeOn(const QemuImg& qemuImg, Bytes size, const std::filesystem::path& device) {
  return run(qemuImg, {"create", "-q", "-f", "qcow2", device, std::to_string(size.count())}, "making the disk", device);
}

Result<Bytes> endOfDisk(const QemuImg& qemuImg, const std::filesystem::path& device) {
  constexpr std::string_view kKey = "\"image-end-offset\": ";
  constexpr int kSomeIsLeaked = 3;
  const auto ran = runProgram({qemuImg.program, "check", "--output=json", "-f", "qcow2", device}, kCopyLimit);
  if (auto failed = failure(ran)) return *failed;
  const auto& [status, output] = std::get<Finished>(ran);
  const auto at = output.find(kKey);
  std::uint64_t end = 0;
  const char* const begin = at == std::string::npos ? nullptr : output.data() + at + kKey.size();
  const bool isSaid = begin != nullptr && std::from_chars(begin, output.data() + output.size(), end).ec == std::errc();
  if ((status == 0 || status == kSomeIsLeaked) && isSaid) return Bytes(end);
  return Error{Error::Kind::temporary, "measuring the disk", device.string(), firstLine(output)};
}

Result<> checkDisk(const QemuImg& qemuImg, const std::filesystem::path& disk, const std::stop_token& stop) {
  return run(qemuImg, {"check", "-q", "-f", "qcow2", disk}, "checking the disk", disk, kCopyLimit, stop);
}

Result<> growDisk(const QemuImg& qemuImg, Bytes size, const std::filesystem::path& disk) {
  // Without --shrink it refuses to make a disk smaller.
  return run(qemuImg, {"resize", "-q", "-f", "qcow2", disk, std::to_string(size.count())}, "growing the disk", disk);
}

}  // namespace berth::disks
