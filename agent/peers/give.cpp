// SPDX-License-Identifier: Apache-2.0
#include "agent/peers/give.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/peers/range.h"
#include "agent/volumes/medium.h"

namespace berth::peers {
namespace {

using message::PeerAnswer;
using message::PeerAsk;
using message::PeerRefused;

/// Where the first byte at or behind `offset` lies that is no hole; the end of the file when there is none.
std::uint64_t dataFrom(int fd, std::uint64_t offset, std::uint64_t bytes) {
  if (offset >= bytes) return bytes;
  const auto found = ::lseek(fd, static_cast<off_t>(offset), SEEK_DATA);
  if (found >= 0) return std::min(static_cast<std::uint64_t>(found), bytes);
  // ENXIO: nothing but a hole follows. Where the file system knows of none, all of it is data.
  return errno == ENXIO ? bytes : offset;
}

std::uint64_t holeFrom(int fd, std::uint64_t offset, std::uint64_t bytes) {
  const auto found = ::lseek(fd, static_cast<off_t>(offset), SEEK_HOLE);
  return found < 0 ? bytes : std::min(static_cast<std::uint64_t>(found), bytes);
}

/// Where the last data before `end` ends, of what begins at `from`, which is data.
std::uint64_t endOfData(int fd, std::uint64_t from, std::uint64_t end, std::uint64_t bytes) {
  std::uint64_t last = from;
  for (std::uint64_t at = from; at < end; at = dataFrom(fd, last, bytes)) {
    const auto hole = holeFrom(fd, at, bytes);
    if (hole <= at) return end;
    last = std::min(hole, end);
  }
  return last;
}

}  // namespace

Giver::Giver(volumes::Layout layout, const Uuid& fleet, InUse inUse, disks::QemuImg qemuImg)
    : layout_(std::move(layout)), fleet_(fleet), inUse_(std::move(inUse)), qemuImg_(std::move(qemuImg)) {}

void Giver::permit(const std::vector<message::VolumeMove>& moves) {
  std::map<Key, Volume> permitted;
  keys_.clear();
  for (const auto& move : moves) {
    const auto peer = identity::PublicKey::parse(move.peerKey);
    if (!peer) continue;
    keys_.insert(*peer);
    const Key key{move.node, move.volume};
    const auto known = volumes_.find(key);
    if (known != volumes_.end() && known->second.move == move)
      permitted.insert_or_assign(key, std::move(known->second));
    else
      permitted.insert_or_assign(key, Volume{move, *peer});
  }
  volumes_ = std::move(permitted);
}

PeerAnswer Giver::answer(const identity::PublicKey& who, const PeerAsk& ask) {
  const auto found = volumes_.find({ask.node, ask.volume});
  // To whom it is not meant nothing is said of it, not even whether it is there.
  if (found == volumes_.end() || found->second.peer != who || found->second.move.at != ask.at)
    return PeerRefused{"volume " + ask.volume.str() + " of " + ask.node.str() + " is not to be handed over"};
  Volume& volume = found->second;
  if (auto why = open(volume)) return PeerRefused{*std::move(why)};
  if (const auto* range = std::get_if<PeerAsk::Read>(&ask.what)) return read(volume, *range);
  if (const auto* range = std::get_if<PeerAsk::Check>(&ask.what)) return check(volume, *range);
  // Who begins has what was looked at long ago looked at once more.
  if (auto why = inUse_(layout_.disk(ask.node, ask.volume))) return PeerRefused{*std::move(why)};
  return message::PeerOpened{volume.bytes, volume.size};
}

std::optional<std::string> Giver::open(Volume& volume) const {
  if (volume.file) return std::nullopt;
  const auto& move = volume.move;
  const auto path = layout_.disk(move.node, move.volume);
  const message::VolumeOrder meant{{}, move.cluster, move.node, move.volume, {}, {}};
  const auto labelled = volumes::labelOf(layout_, meant, {});
  if (auto error = disks::failure(labelled)) return error->str();
  const auto& label = std::get<std::optional<volumes::Label>>(labelled);
  const bool isIt = label && label->fleet == fleet_ && label->cluster == move.cluster && label->node == move.node &&
                    label->volume.name == move.volume && label->state == volumes::Label::State::made;
  if (!isIt) return "volume " + move.volume.str() + " of " + move.node.str() + " is not here";
  const auto all = volumes::list(layout_, fleet_);
  if (auto error = disks::failure(all)) return error->str();
  const bool hasSnapshots = std::ranges::any_of(std::get<0>(all), [&](const volumes::Label& each) {
    return each.node == move.node && each.volume.name == move.volume && !each.snapshot.empty();
  });
  if (hasSnapshots) return "volume " + move.volume.str() + " has snapshots, which would be left behind";
  if (auto why = inUse_(path)) return why;
  const auto there = volumes::isThere(layout_, path);
  if (auto error = disks::failure(there)) return error->str();
  // The name of a device is a link to it.
  const int follow = layout_.isOnDevices() ? 0 : O_NOFOLLOW;
  disks::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | follow));
  struct stat found {};
  if (!file || ::fstat(file.get(), &found) != 0) return "cannot open " + path.string() + ": " + std::strerror(errno);
  if (S_ISBLK(found.st_mode)) {
    // All behind that is of no use, and may be of somebody else's disks of before.
    const auto end = disks::endOfDisk(qemuImg_, path);
    if (auto error = disks::failure(end)) return error->str();
    volume.bytes = std::get<Bytes>(end).count();
  } else {
    if (!S_ISREG(found.st_mode) || found.st_size <= 0) return path.string() + " is not the file of a disk";
    volume.bytes = static_cast<std::uint64_t>(found.st_size);
  }
  volume.file = std::move(file);
  volume.size = label->volume.size;
  return std::nullopt;
}

PeerAnswer Giver::read(const Volume& volume, const PeerAsk::Read& range) {
  const int fd = volume.file.get();
  message::PeerPiece piece{range.offset, {}, volume.bytes};
  if (range.offset >= volume.bytes) {
    piece.next = range.offset;
    return piece;
  }
  const std::uint64_t end = std::min<std::uint64_t>(range.offset + range.length, volume.bytes);
  const std::uint64_t first = dataFrom(fd, range.offset, volume.bytes);
  piece.next = first;
  if (first >= end) return piece;
  const std::uint64_t last = endOfData(fd, first, end, volume.bytes);
  piece.data.resize(static_cast<std::size_t>(last - range.offset));
  if (const int error = readAll(fd, range.offset, piece.data))
    return PeerRefused{std::string("the disk cannot be read: ") + std::strerror(error)};
  piece.next = last < end ? dataFrom(fd, last, volume.bytes) : last;
  return piece;
}

PeerAnswer Giver::check(const Volume& volume, const PeerAsk::Check& range) {
  const auto digest = digestOf(volume.file.get(), range.offset, range.length);
  if (!digest) return PeerRefused{"the disk cannot be read: " + std::string(std::strerror(errno))};
  return message::PeerChecked{range.offset, range.length, *digest};
}

}  // namespace berth::peers
