// SPDX-License-Identifier: Apache-2.0
#include "agent/peers/take.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/peers/range.h"
#include "agent/volumes/medium.h"
#include "protocol/message/limits.h"

namespace berth::peers {
namespace {

using message::PeerAsk;

/// What file systems give room in: fewer zeros than that would save nothing.
constexpr std::size_t kBlock = 4096;
/// So much is written before the kernel is told to begin with it, so that the end has not all of it to wait for.
constexpr std::uint64_t kFlush = 64u << 20;

/// The file of a disk of this size is no larger: tables and reference counts take less than a hundredth.
std::uint64_t mostBytes(Bytes size) { return size.count() + size.count() / 64 + (16u << 20); }

bool isZero(const char* data, std::size_t size) {
  return size == 0 || (data[0] == 0 && std::memcmp(data, data + 1, size - 1) == 0);
}

}  // namespace

Taker::Taker(const message::VolumeMove& move, volumes::Layout layout, const Uuid& fleet)
    : move_(move), layout_(std::move(layout)), fleet_(fleet), size_(move.size) {
  const auto expected = volumes::expect(layout_, label());
  if (auto error = disks::failure(expected)) {
    const bool permanent = error->kind == disks::Error::Kind::permanent;
    fail(permanent ? Failure::Kind::permanent : Failure::Kind::temporary, error->str());
    return;
  }
  if (std::get<bool>(expected)) {
    end_ = Whole{};
    return;
  }
  open();
}

void Taker::open() {
  const auto path = layout_.arriving(move_.node, move_.volume);
  isDevice_ = layout_.isOnDevices();
  if (isDevice_) {
    if (auto failed = disks::failure(volumes::makeArriving(layout_, move_.size, path)))
      return fail(Failure::Kind::temporary, failed->str());
    file_ = disks::Descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file_) return failOnDisk("opening");
    done_ = cursor_ = flushed_ = volumes::arrived(layout_, move_.node, move_.volume);
    return;
  }
  file_ = disks::Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat there {};
  if (!file_ || ::fstat(file_.get(), &there) != 0) return failOnDisk("opening");
  // Pieces are written in their order, so all before the end has come. If the disk lost some of it in a power cut, that
  // is seen when it is compared.
  done_ = cursor_ = flushed_ = static_cast<std::uint64_t>(there.st_size);
}

volumes::Label Taker::label() const {
  return {fleet_, move_.cluster, move_.node, {move_.volume, size_, true}, volumes::Label::State::incoming, move_.at};
}

Taker::Question Taker::question(TimePoint now, decltype(PeerAsk::what) what, std::uint64_t offset,
                                std::uint32_t length) {
  asked_.push_back({++lastCorrelation_, now, offset, length});
  if (!waitingSince_) waitingSince_ = now;
  return {lastCorrelation_, {move_.node, move_.volume, move_.at, what}};
}

std::vector<Taker::Question> Taker::ask(TimePoint now) {
  std::vector<Question> questions;
  if (end_) return questions;
  if (waitingSince_ && now - *waitingSince_ >= kSilence) {
    fail(Failure::Kind::temporary, "host " + move_.peer.str() + " does not answer at " + move_.peerEndpoint);
    return questions;
  }
  if (!asked_.empty() && now - asked_.front().at >= kAskAgain) forgetAsked();
  const auto lengthAt = [&](std::uint64_t offset, std::size_t most) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(most, total_ - offset));
  };
  switch (phase_) {
    case Phase::opening:
      if (asked_.empty()) questions.push_back(question(now, PeerAsk::Open{}, 0, 0));
      break;
    case Phase::copying:
      while (asked_.size() < kPiecesAhead && cursor_ < total_) {
        const auto length = lengthAt(cursor_, message::kMaxPiece);
        questions.push_back(question(now, PeerAsk::Read{cursor_, length}, cursor_, length));
        cursor_ += length;
      }
      break;
    case Phase::comparing:
      while (asked_.size() < kChecksAhead && checkCursor_ < total_) {
        const auto length = lengthAt(checkCursor_, message::kMaxCheck);
        questions.push_back(question(now, PeerAsk::Check{checkCursor_, length}, checkCursor_, length));
        checkCursor_ += length;
      }
      break;
  }
  return questions;
}

void Taker::heard(std::uint64_t correlation, const message::PeerAnswer& answer, TimePoint now) {
  const bool isAwaited =
      std::ranges::any_of(asked_, [&](const Asked& each) { return each.correlation == correlation; });
  if (end_ || !isAwaited) return;
  waitingSince_.reset();
  if (asked_.size() > 1) waitingSince_ = now;
  if (const auto* refused = std::get_if<message::PeerRefused>(&answer))
    return fail(Failure::Kind::temporary, "host " + move_.peer.str() + " says: " + refused->reason);
  // Answers come in the order of the questions: what was overtaken is lost.
  if (asked_.front().correlation != correlation) return forgetAsked();
  const Asked asked = asked_.front();
  asked_.pop_front();
  const auto* opened = std::get_if<message::PeerOpened>(&answer);
  const auto* piece = std::get_if<message::PeerPiece>(&answer);
  const auto* checked = std::get_if<message::PeerChecked>(&answer);
  if (phase_ == Phase::opening && opened != nullptr) return take(*opened);
  if (phase_ == Phase::copying && piece != nullptr) return take(asked, *piece);
  if (phase_ == Phase::comparing && checked != nullptr) return take(asked, *checked);
  fail(Failure::Kind::temporary, "host " + move_.peer.str() + " answers what was not asked");
}

void Taker::take(const message::PeerOpened& opened) {
  if (opened.size > move_.size || opened.bytes > mostBytes(opened.size))
    return fail(Failure::Kind::permanent, "host " + move_.peer.str() + " has a file of " + Bytes(opened.bytes).str() +
                                              " for a volume of " + opened.size.str() + ", and " + move_.size.str() +
                                              " are awaited");
  size_ = opened.size;
  total_ = opened.bytes;
  if (auto failed =
          disks::failure(volumes::makeRoom(layout_, Bytes(total_), layout_.arriving(move_.node, move_.volume))))
    return fail(Failure::Kind::temporary, failed->str());
  // The file is another one than at the last try.
  if (done_ > total_) return repairFrom(0);
  phase_ = Phase::copying;
  if (done_ == total_) beginToCompare();
}

bool Taker::write(std::uint64_t offset, const std::string& data) {
  for (std::size_t at = 0; at < data.size();) {
    std::size_t end = at;
    const auto blockAt = [&](std::size_t from) { return std::min(kBlock, data.size() - from); };
    while (end < data.size() && !isZero(data.data() + end, blockAt(end))) end += blockAt(end);
    for (std::size_t from = at; from < end;) {
      const auto count = ::pwrite(file_.get(), data.data() + from, end - from, static_cast<off_t>(offset + from));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      from += static_cast<std::size_t>(count);
    }
    at = end;
    while (at < data.size() && isZero(data.data() + at, blockAt(at))) at += blockAt(at);
    if (!skip(offset + end, offset + at)) return false;
  }
  return true;
}

bool Taker::skip(std::uint64_t from, std::uint64_t to) {
  if (!isDevice_ || from >= to) return true;
  // What the group had there before would show. Devices are zeroed by whole sectors, so the rest of one is written.
  constexpr std::uint64_t kSector = 512;
  constexpr std::array<char, kSector> kZeros{};
  const auto upTo = [](std::uint64_t at) { return (at + kSector - 1) / kSector * kSector; };
  const auto first = upTo(from);
  const auto rest = static_cast<std::size_t>(first - from);
  if (::pwrite(file_.get(), kZeros.data(), rest, static_cast<off_t>(from)) != static_cast<ssize_t>(rest)) return false;
  if (first >= to) return true;
  return ::fallocate(file_.get(), FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(first),
                     static_cast<off_t>(upTo(to) - first)) == 0;
}

bool Taker::cut(std::uint64_t end) {
  if (!isDevice_) return ::ftruncate(file_.get(), static_cast<off_t>(end)) == 0;
  const auto noted = volumes::noteArrived(layout_, move_.node, move_.volume, end);
  if (disks::failure(noted)) errno = EIO;
  return !disks::failure(noted);
}

bool Taker::flush() {
  if (isDevice_) {
    if (::fdatasync(file_.get()) != 0 || !cut(done_)) return false;
  } else {
    (void)::sync_file_range(file_.get(), static_cast<off_t>(flushed_), static_cast<off_t>(done_ - flushed_),
                            SYNC_FILE_RANGE_WRITE);
  }
  flushed_ = done_;
  return true;
}

void Taker::take(const Asked& asked, const message::PeerPiece& piece) {
  const std::uint64_t end = asked.offset + asked.length;
  const std::uint64_t dataEnd = piece.offset + piece.data.size();
  const bool fits = piece.offset == asked.offset && dataEnd <= end && piece.next >= dataEnd && piece.next <= total_ &&
                    (dataEnd == end || piece.next >= end);
  if (!fits) return fail(Failure::Kind::temporary, "host " + move_.peer.str() + " sends what was not asked for");
  const auto until = std::max({done_, end, piece.next});
  if (!write(piece.offset, piece.data) || !skip(dataEnd, until)) return failOnDisk("writing");
  done_ = until;
  cursor_ = std::max(cursor_, done_);
  if (done_ - flushed_ >= kFlush && !flush()) return failOnDisk("writing");
  if (done_ >= total_) beginToCompare();
}

void Taker::beginToCompare() {
  // What is compared is what is on the disk, as far as that can be had.
  const bool isWritten = isDevice_ ? flush() : cut(total_) && ::fdatasync(file_.get()) == 0;
  if (!isWritten) return failOnDisk("writing");
  (void)::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_DONTNEED);
  phase_ = Phase::comparing;
  asked_.clear();
  checkCursor_ = compared_;
}

void Taker::take(const Asked& asked, const message::PeerChecked& checked) {
  if (checked.offset != asked.offset || checked.length != asked.length)
    return fail(Failure::Kind::temporary, "host " + move_.peer.str() + " answers what was not asked");
  const auto own = digestOf(file_.get(), asked.offset, asked.length);
  if (!own) return failOnDisk("reading");
  if (*own != checked.digest) return repairFrom(asked.offset);
  compared_ = asked.offset + asked.length;
  if (compared_ >= total_) finish();
}

void Taker::repairFrom(std::uint64_t offset) {
  if (repairs_++ >= kRepairs)
    return fail(Failure::Kind::temporary, "what has come differs from what host " + move_.peer.str() +
                                              " has, time and again: look at the disks of both hosts");
  if (!cut(offset)) return failOnDisk("writing");
  done_ = cursor_ = flushed_ = compared_ = checkCursor_ = offset;
  asked_.clear();
  phase_ = Phase::copying;
}

void Taker::finish() {
  const auto completed = volumes::complete(layout_, label());
  if (auto error = disks::failure(completed)) return fail(Failure::Kind::temporary, error->str());
  end_ = Whole{};
}

void Taker::fail(Failure::Kind kind, std::string reason) {
  end_ = Failure{kind, std::move(reason)};
  file_ = {};
}

void Taker::failOnDisk(const char* attempted) {
  const int error = errno;
  fail(Failure::Kind::temporary, std::string(attempted) + " " + layout_.arriving(move_.node, move_.volume).string() +
                                     ": " + std::strerror(error));
}

}  // namespace berth::peers
