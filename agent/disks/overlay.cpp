// SPDX-License-Identifier: Apache-2.0
#include "agent/disks/overlay.h"

#include <cerrno>
#include <chrono>

#include <sys/stat.h>

#include "agent/disks/file.h"
#include "agent/disks/program.h"

namespace berth::disks {
namespace {

constexpr std::uint64_t kSector = 512;
/// It writes some 200 KiB. Longer than this means that the disk hangs, and the caller wants to know.
constexpr std::chrono::seconds kQemuImgLimit{60};

std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

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
  if (::lstat(overlay.c_str(), &there) == 0) return Ok{};
  if (errno != ENOENT) return Error::fromErrno("looking at", overlay, errno);
  if (::stat(base.c_str(), &there) != 0) return Error::fromErrno("looking at the image", base, errno);

  const std::filesystem::path fresh = halfMade(overlay);
  // Created here, empty and 0600, since qemu-img would make it readable by everybody.
  if (auto failed = failure(removeFile(fresh))) return *failed;
  if (auto failed = failure(writeWhole(fresh, "", FileMode::secret))) return *failed;
  const auto ran = runProgram(
      {qemuImg.program, "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, fresh, std::to_string(size.count())},
      kQemuImgLimit);
  if (auto failed = failure(ran)) {
    (void)removeFile(fresh);
    return *failed;
  }
  const auto& finished = std::get<Finished>(ran);
  if (finished.status != 0) {
    (void)removeFile(fresh);
    return Error{Error::Kind::temporary, "making the overlay", overlay.string(), firstLine(finished.output)};
  }
  return publish(fresh, overlay);
}

}  // namespace berth::disks
