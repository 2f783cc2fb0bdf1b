// SPDX-License-Identifier: Apache-2.0
#include "agent/volumes/volumes.h"

#include <algorithm>
#include <cerrno>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/disks/file.h"
#include "agent/volumes/medium.h"

namespace berth::volumes {
namespace {

namespace fs = std::filesystem;
using disks::Error;
using disks::failure;
using disks::Ok;

Error refused(const NodeName& node, const VolumeName& volume, std::string reason) {
  return {Error::Kind::permanent, "looking at volume", volume.str() + " of " + node.str(), std::move(reason)};
}
Error refused(const Label& wanted, std::string reason) {
  return refused(wanted.node, wanted.volume.name, std::move(reason));
}
constexpr const char* kNotLabelled = "a disk of that name is there that bears no label of Berth's";

/// Empty when it is not there, or is not a label.
Result<std::optional<Label>> readAt(const fs::path& path) {
  const disks::Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) {
    if (errno == ENOENT || errno == ELOOP) return std::optional<Label>();
    return Error::fromErrno("reading", path, errno);
  }
  std::string text(kLabelMax + 1, '\0');
  const ssize_t count = ::read(fd.get(), text.data(), text.size());
  if (count < 0) return Error::fromErrno("reading", path, errno);
  text.resize(static_cast<std::size_t>(count));
  return readLabel(text);
}

Result<> put(const Layout& layout, const Label& label) {
  return disks::writeWhole(layout.label(label.node, label.volume.name, label.snapshot), write(label),
                           disks::FileMode::shared);
}

/// What lies in the directories of nodes.
Result<std::vector<fs::path>> filesOf(const Layout& layout) {
  const auto nodes = disks::entriesOf(layout.root());
  if (auto failed = failure(nodes)) return *failed;
  std::vector<fs::path> found;
  for (const fs::path& node : std::get<0>(nodes)) {
    if (!NodeName::parse(node.filename().string())) continue;
    const auto files = disks::entriesOf(node);
    if (auto failed = failure(files)) return *failed;
    found.insert(found.end(), std::get<0>(files).begin(), std::get<0>(files).end());
  }
  return found;
}

std::optional<std::string> objection(const Label& found, const Label& wanted) {
  if (found.fleet != wanted.fleet) return "it belongs to another fleet (" + found.fleet.str() + ")";
  if (found.cluster != wanted.cluster) return "it belongs to cluster " + found.cluster.str();
  if (found.node != wanted.node || found.volume.name != wanted.volume.name || found.snapshot != wanted.snapshot)
    return "its label is that of volume " + found.volume.name.str() + " of " + found.node.str();
  if (found.state == Label::State::made && found.volume.size > wanted.volume.size) {
    return "it has " + found.volume.size.str() + " and is never made smaller, but " + wanted.volume.size.str() +
           " are wanted";
  }
  return std::nullopt;
}

Result<> dropArriving(const Layout& layout, const NodeName& node, const VolumeName& volume) {
  if (auto failed = failure(disks::removeFile(layout.progress(node, volume)))) return *failed;
  return discard(layout, layout.arriving(node, volume));
}

/// Of each label, what is half-made of its disk: by labels alone, since much in a pool is not ours. While the pool is
/// away nothing can be done there, and nothing need be.
Result<std::vector<fs::path>> sweepPool(const Layout& layout, const std::vector<fs::path>& files,
                                        std::vector<fs::path> swept) {
  const auto found = halfMadeIn(layout);
  const auto* half = std::get_if<std::vector<fs::path>>(&found);
  if (half == nullptr) return swept;
  for (const fs::path& file : files) {
    const auto labelled = file.extension() == ".label" ? readAt(file) : std::optional<Label>();
    if (auto failed = failure(labelled)) return *failed;
    const auto& label = std::get<std::optional<Label>>(labelled);
    if (!label) continue;
    const fs::path disk = layout.disk(label->node, label->volume.name, label->snapshot);
    if (std::ranges::find(*half, layout.fresh(disk)) == half->end()) continue;
    // It may be complete, and lack its name alone.
    if (auto failed = failure(isThere(layout, disk))) return *failed;
    if (auto failed = failure(discard(layout, layout.fresh(disk)))) return *failed;
    swept.push_back(layout.fresh(disk));
  }
  return swept;
}

}  // namespace

Result<std::vector<fs::path>> open(const Layout& layout) {
  if (auto failed = failure(disks::makePassage(layout.root()))) return *failed;
  const auto files = filesOf(layout);
  if (auto failed = failure(files)) return *failed;
  std::vector<fs::path> swept;
  for (const fs::path& file : std::get<0>(files)) {
    if (file.extension() != fs::path(disks::kHalfMade)) continue;
    if (auto failed = failure(disks::removeFile(file))) return *failed;
    swept.push_back(file);
  }
  if (!layout.pool()) return swept;
  return sweepPool(layout, std::get<0>(files), std::move(swept));
}

Result<Standing> look(const Layout& layout, const Label& wanted) {
  const auto labelled = readAt(layout.label(wanted.node, wanted.volume.name, wanted.snapshot));
  if (auto failed = failure(labelled)) return *failed;
  const auto disk = isThere(layout, layout.disk(wanted.node, wanted.volume.name, wanted.snapshot));
  if (auto failed = failure(disk)) return *failed;
  const auto& found = std::get<std::optional<Label>>(labelled);
  const bool there = std::get<bool>(disk);
  if (!found && there) return refused(wanted, kNotLabelled);
  if (!found) return Standing::absent;
  if (auto why = objection(*found, wanted)) return refused(wanted, *std::move(why));
  if (found->state == Label::State::deleting)
    return refused(wanted, "somebody has ordered that it be deleted, and that is not through; order it once more: " +
                               std::string("berth volume delete ") + wanted.node.str() + "/" +
                               wanted.volume.name.str());
  if (found->state == Label::State::incoming)
    return refused(wanted, "it is on its way here from another host, and not whole yet");
  if (found->state == Label::State::making) return Standing::announced;
  if (!wanted.snapshot.empty() && found->since != wanted.since)
    return refused(wanted, "there is another snapshot of that name already");
  if (!there) return refused(wanted, "its disk is gone; an empty one would hide that, so bring it back");
  if (!wanted.snapshot.empty()) return Standing::asWanted;
  return found->volume == wanted.volume ? Standing::asWanted : Standing::changed;
}

Result<> announce(const Layout& layout, const Label& wanted) {
  if (auto failed = failure(disks::makePassage(layout.directory(wanted.node)))) return *failed;
  if (auto failed = failure(disks::syncDirectory(layout.root()))) return *failed;
  Label label = wanted;
  label.state = Label::State::making;
  return put(layout, label);
}

Result<> fill(const Layout& layout, const disks::QemuImg& qemuImg, const Label& wanted) {
  const fs::path disk = layout.disk(wanted.node, wanted.volume.name);
  if (auto failed = failure(makeEmpty(layout, qemuImg, wanted.volume.size, disk))) return *failed;
  // One that was there may have been made for an order that has been overtaken.
  return grow(layout, qemuImg, wanted.volume.size, disk);
}

Result<> confirm(const Layout& layout, const Label& wanted) {
  const auto announced = readAt(layout.label(wanted.node, wanted.volume.name, wanted.snapshot));
  if (auto failed = failure(announced)) return *failed;
  Label label = wanted;
  label.state = Label::State::made;
  // It stays the same volume, whatever manifest had it grown.
  if (const auto& found = std::get<std::optional<Label>>(announced)) {
    label.since = found->since;
    label.restored = found->restored;
    label.takenMs = found->takenMs;
  }
  return put(layout, label);
}

Result<std::optional<Label>> labelOf(const Layout& layout, const message::VolumeOrder& order,
                                     const message::SnapshotName& snapshot) {
  return readAt(layout.label(order.node, order.volume, snapshot));
}

Result<> markRestored(const Layout& layout, const message::VolumeOrder& order) {
  const auto labelled = labelOf(layout, order, {});
  if (auto failed = failure(labelled)) return *failed;
  auto label = std::get<std::optional<Label>>(labelled);
  if (!label) return refused(order.node, order.volume, "its label is gone");
  label->restored = order.at;
  return put(layout, *label);
}

Result<Remains> remainsOf(const Layout& layout, const Uuid& fleet, const message::VolumeOrder& order) {
  const auto labelled = labelOf(layout, order, order.snapshot);
  if (auto failed = failure(labelled)) return *failed;
  const auto& found = std::get<std::optional<Label>>(labelled);
  if (!found) {
    const auto disk = isThere(layout, layout.disk(order.node, order.volume, order.snapshot));
    if (auto failed = failure(disk)) return *failed;
    if (std::get<bool>(disk)) return refused(order.node, order.volume, kNotLabelled);
    return Remains::nothing;
  }
  Label meant = *found;
  meant.fleet = fleet;
  meant.cluster = order.cluster;
  meant.node = order.node;
  meant.volume.name = order.volume;
  meant.snapshot = order.snapshot;
  if (auto why = objection(*found, meant)) return refused(order.node, order.volume, *std::move(why));
  if (found->since > order.at) return Remains::nothing;
  return found->state == Label::State::deleting ? Remains::condemned : Remains::untouched;
}

Result<> condemn(const Layout& layout, const message::VolumeOrder& order) {
  const auto labelled = labelOf(layout, order, order.snapshot);
  if (auto failed = failure(labelled)) return *failed;
  auto label = std::get<std::optional<Label>>(labelled);
  if (!label) return refused(order.node, order.volume, "its label is gone");
  label->state = Label::State::deleting;
  return put(layout, *label);
}

Result<> erase(const Layout& layout, const message::VolumeOrder& order) {
  const fs::path disk = layout.disk(order.node, order.volume, order.snapshot);
  if (auto failed = failure(discard(layout, layout.fresh(disk)))) return *failed;
  if (order.snapshot.empty())
    if (auto failed = failure(dropArriving(layout, order.node, order.volume))) return *failed;
  if (auto failed = failure(discard(layout, disk))) return *failed;
  if (layout.isOnDevices()) return Ok{};
  return disks::syncDirectory(disk.parent_path());
}

Result<> forget(const Layout& layout, const message::VolumeOrder& order) {
  const fs::path label = layout.label(order.node, order.volume, order.snapshot);
  if (auto failed = failure(disks::removeFile(label))) return *failed;
  return disks::syncDirectory(layout.directory(order.node));
}

Result<bool> expect(const Layout& layout, const Label& wanted) {
  const NodeName& node = wanted.node;
  const VolumeName& volume = wanted.volume.name;
  const auto labelled = readAt(layout.label(node, volume));
  if (auto failed = failure(labelled)) return *failed;
  const auto disk = isThere(layout, layout.disk(node, volume));
  if (auto failed = failure(disk)) return *failed;
  const auto& found = std::get<std::optional<Label>>(labelled);
  if (!found && std::get<bool>(disk)) return refused(wanted, kNotLabelled);
  const bool isOurs = found && found->fleet == wanted.fleet && found->cluster == wanted.cluster &&
                      found->node == node && found->volume.name == volume && found->snapshot.empty();
  if (found && !isOurs) return refused(wanted, "its place is taken by a volume of somebody else");
  const bool isOfThisMove = found && found->since == wanted.since;
  if (isOfThisMove && found->state == Label::State::made && std::get<bool>(disk)) return true;
  if (found && found->state != Label::State::incoming)
    return refused(wanted, "there is another volume of that name here already");
  if (!isOfThisMove)
    if (auto failed = failure(dropArriving(layout, node, volume))) return *failed;
  // Nobody has ever used one whose label says that it is on its way: it is fetched anew, or compared once more.
  if (std::get<bool>(disk)) {
    const auto back = isOfThisMove ? publish(layout, layout.disk(node, volume), layout.arriving(node, volume))
                                   : discard(layout, layout.disk(node, volume));
    if (auto failed = failure(back)) return *failed;
  }
  if (auto failed = failure(disks::makePassage(layout.directory(node)))) return *failed;
  if (auto failed = failure(disks::syncDirectory(layout.root()))) return *failed;
  Label label = wanted;
  label.state = Label::State::incoming;
  if (auto failed = failure(put(layout, label))) return *failed;
  return false;
}

Result<> complete(const Layout& layout, const Label& wanted) {
  const NodeName& node = wanted.node;
  const VolumeName& volume = wanted.volume.name;
  if (auto failed = failure(publish(layout, layout.arriving(node, volume), layout.disk(node, volume)))) return *failed;
  if (auto failed = failure(disks::removeFile(layout.progress(node, volume)))) return *failed;
  Label label = wanted;
  label.state = Label::State::made;
  return put(layout, label);
}

Result<bool> hasAny(const Layout& layout) {
  const auto files = filesOf(layout);
  if (auto failed = failure(files)) return *failed;
  return std::ranges::any_of(std::get<0>(files), [](const fs::path& file) { return file.extension() == ".label"; });
}

void tidy(const Layout& layout, const NodeName& node) {
  // With something in it, it stays.
  (void)::rmdir(layout.directory(node).c_str());
}

Result<std::vector<Label>> list(const Layout& layout, const Uuid& fleet) {
  const auto files = filesOf(layout);
  if (auto failed = failure(files)) return *failed;
  std::vector<Label> found;
  for (const fs::path& file : std::get<0>(files)) {
    if (file.extension() != ".label") continue;
    const auto labelled = readAt(file);
    if (auto failed = failure(labelled)) return *failed;
    const auto& label = std::get<std::optional<Label>>(labelled);
    // One that was moved or copied by hand says something that is not so.
    if (!label || label->fleet != fleet || layout.label(label->node, label->volume.name, label->snapshot) != file)
      continue;
    if (label->state == Label::State::made) found.push_back(*label);
  }
  std::ranges::sort(found, {},
                    [](const Label& label) { return std::tie(label.node, label.volume.name, label.snapshot); });
  return found;
}

}  // namespace berth::volumes
