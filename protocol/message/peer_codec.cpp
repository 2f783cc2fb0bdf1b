// SPDX-License-Identifier: Apache-2.0
//
// What agents say to each other. Whoever reads it has a whole disk to lose, so no number leaves here unbounded.
#include "protocol/message/codec.h"

namespace berth::message {

namespace {

template <class Range>
Range readRange(schema::PeerAsk::Range::Reader from, std::size_t limit) {
  if (from.getLength() == 0 || from.getLength() > limit) bad("range", "asks for too much, or for nothing");
  if (from.getOffset() > kMaxVolumeFile) bad("range", "begins behind every end");
  return {from.getOffset(), from.getLength()};
}

void write(schema::PeerAsk::Range::Builder to, std::uint64_t offset, std::uint32_t length) {
  to.setOffset(offset);
  to.setLength(length);
}

PeerOpened readOpened(schema::PeerAnswer::Opened::Reader from) {
  if (from.getBytes() == 0 || from.getBytes() > kMaxVolumeFile) bad("opened", "has no possible number of bytes");
  if (from.getSize() == 0 || from.getSize() > kMaxVolumeFile) bad("opened", "has no possible size");
  return {from.getBytes(), Bytes(from.getSize())};
}

PeerPiece readPiece(schema::PeerAnswer::Piece::Reader from) {
  PeerPiece piece{from.getOffset(), readBytes(from.getData(), kMaxPiece, "piece"), from.getNext()};
  if (piece.offset > kMaxVolumeFile || piece.next > kMaxVolumeFile) bad("piece", "lies behind every end");
  if (piece.next < piece.offset + piece.data.size()) bad("piece", "is followed by what lies before its end");
  return piece;
}

PeerChecked readChecked(schema::PeerAnswer::Checked::Reader from) {
  if (from.getLength() == 0 || from.getLength() > kMaxCheck) bad("digest", "is of too much, or of nothing");
  if (from.getOffset() > kMaxVolumeFile) bad("digest", "is of what lies behind every end");
  return {from.getOffset(), from.getLength(), readDigest(from.getDigest(), "digest")};
}

}  // namespace

void write(schema::PeerAsk::Builder to, const PeerAsk& from) {
  to.setNode(text(from.node.str()));
  to.setVolume(text(from.volume.str()));
  to.setAt(from.at.value());
  struct Writer {
    schema::PeerAsk::What::Builder to;
    void operator()(const PeerAsk::Open&) { to.setOpen(); }
    void operator()(const PeerAsk::Read& range) { write(to.initRead(), range.offset, range.length); }
    void operator()(const PeerAsk::Check& range) { write(to.initCheck(), range.offset, range.length); }
  };
  std::visit(Writer{to.initWhat()}, from.what);
}

PeerAsk read(schema::PeerAsk::Reader from) {
  PeerAsk ask{readName<NodeName>(from.getNode(), "node"),
              readName<VolumeName>(from.getVolume(), "volume"),
              Generation(from.getAt()),
              {}};
  const auto what = from.getWhat();
  switch (what.which()) {
    case schema::PeerAsk::What::OPEN: ask.what = PeerAsk::Open{}; return ask;
    case schema::PeerAsk::What::READ: ask.what = readRange<PeerAsk::Read>(what.getRead(), kMaxPiece); return ask;
    case schema::PeerAsk::What::CHECK: ask.what = readRange<PeerAsk::Check>(what.getCheck(), kMaxCheck); return ask;
    case schema::PeerAsk::What::NONE: break;
  }
  unknownBody("question of an agent", static_cast<unsigned>(what.which()));
}

void write(schema::PeerAnswer::Builder to, const PeerAnswer& from) {
  struct Writer {
    schema::PeerAnswer::Builder to;
    void operator()(const PeerOpened& body) {
      auto opened = to.initOpened();
      opened.setBytes(body.bytes);
      opened.setSize(body.size.count());
    }
    void operator()(const PeerPiece& body) {
      auto piece = to.initPiece();
      piece.setOffset(body.offset);
      piece.setData(bytes(body.data));
      piece.setNext(body.next);
    }
    void operator()(const PeerChecked& body) {
      auto checked = to.initChecked();
      checked.setOffset(body.offset);
      checked.setLength(body.length);
      checked.setDigest(bytes(body.digest));
    }
    void operator()(const PeerRefused& body) { to.setRefused(text(prose(body.reason))); }
  };
  std::visit(Writer{to}, from);
}

PeerAnswer read(schema::PeerAnswer::Reader from) {
  switch (from.which()) {
    case schema::PeerAnswer::OPENED: return readOpened(from.getOpened());
    case schema::PeerAnswer::PIECE: return readPiece(from.getPiece());
    case schema::PeerAnswer::CHECKED: return readChecked(from.getChecked());
    case schema::PeerAnswer::REFUSED: return PeerRefused{readText(from.getRefused(), kMaxProse, "refusal")};
    case schema::PeerAnswer::NONE: break;
  }
  unknownBody("answer of an agent", static_cast<unsigned>(from.which()));
}

}  // namespace berth::message
