// SPDX-License-Identifier: Apache-2.0
//
// The side that takes a volume: says what is to be asked next, and writes what comes. It has no socket and no clock;
// whoever has them carries its questions and brings the answers, or none.
//
//   Taker taker(move, layout, fleet);
//   for (auto& question : taker.ask(now)) client.send(…);     // after each answer, and now and then
//   taker.heard(correlation, answer, now);
//   if (auto& end = taker.end()) …                             // whole and in its place, or why not
//
// First all of the file is copied, from its beginning to its end, a few pieces asked for ahead (that is the credit: no
// more is ever on the way); holes are skipped. What has come stays when a try ends, and the next one goes on behind it.
// Then all of it is compared with the source, by the SHA-256 of range after range as each side reads it from its own
// disk; behind the first range that differs all is copied once more. Only then it gets its name and its label.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/disks/file.h"
#include "agent/volumes/volumes.h"
#include "protocol/message/fleet.h"
#include "protocol/message/peer.h"
#include "words/clock.h"

namespace berth::peers {

/// Questions that may be under way at once: what a link of 100 ms at a gigabit holds, and memory does not feel.
inline constexpr std::size_t kPiecesAhead = 8;
/// Digests are large to make and small to send.
inline constexpr std::size_t kChecksAhead = 2;
/// A question that is not answered by then is asked again: it was lost with a connection, or its answer was.
inline constexpr std::chrono::seconds kAskAgain{20};
/// A peer that says nothing at all for so long is given up for now.
inline constexpr std::chrono::seconds kSilence{60};
/// How often what differs is copied again before a person should look at the disks.
inline constexpr unsigned kRepairs = 3;

struct Failure {
  enum class Kind : std::uint8_t { temporary, permanent } kind = Kind::temporary;
  std::string reason;
};
struct Whole {};

class Taker {
public:
  /// Blocks on the disk, as all of it does.
  Taker(const message::VolumeMove& move, volumes::Layout layout, const Uuid& fleet);

  struct Question {
    std::uint64_t correlation = 0;
    message::PeerAsk ask;
  };
  /// What is to be sent now; may be nothing.
  [[nodiscard]] std::vector<Question> ask(TimePoint now);
  void heard(std::uint64_t correlation, const message::PeerAnswer& answer, TimePoint now);
  /// What was asked may never have been heard: a new connection, or a message that could not be sent.
  void forgetAsked() { asked_.clear(), cursor_ = done_, checkCursor_ = compared_; }

  /// Set when nothing more is to be done.
  [[nodiscard]] const std::optional<std::variant<Whole, Failure>>& end() const { return end_; }
  [[nodiscard]] const message::VolumeMove& move() const { return move_; }
  [[nodiscard]] std::uint64_t copied() const { return done_; }
  [[nodiscard]] std::uint64_t compared() const { return compared_; }
  /// 0 before it is known.
  [[nodiscard]] std::uint64_t total() const { return total_; }

private:
  enum class Phase : std::uint8_t { opening, copying, comparing };
  struct Asked {
    std::uint64_t correlation = 0;
    TimePoint at;
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
  };

  Question question(TimePoint now, decltype(message::PeerAsk::what) what, std::uint64_t offset, std::uint32_t length);
  void take(const message::PeerOpened& opened);
  void take(const Asked& asked, const message::PeerPiece& piece);
  void take(const Asked& asked, const message::PeerChecked& checked);
  /// Opens what is to be written to, and finds out how much of it has come already.
  void open();
  /// Zeros are left out: what is not written reads as such. On a device they are written.
  [[nodiscard]] bool write(std::uint64_t offset, const std::string& data);
  /// A hole of the source's.
  [[nodiscard]] bool skip(std::uint64_t from, std::uint64_t to);
  /// Forgets all behind `end`.
  [[nodiscard]] bool cut(std::uint64_t end);
  /// Has the disk begin with what was written; a device is asked now and then to have done so, which is noted.
  [[nodiscard]] bool flush();
  void beginToCompare();
  void repairFrom(std::uint64_t offset);
  void finish();
  void fail(Failure::Kind kind, std::string reason);
  void failOnDisk(const char* attempted);
  [[nodiscard]] volumes::Label label() const;

  const message::VolumeMove move_;
  const volumes::Layout layout_;
  const Uuid fleet_;
  disks::Descriptor file_;
  bool isDevice_ = false;
  Phase phase_ = Phase::opening;
  Bytes size_;
  std::uint64_t total_ = 0;
  /// All before it has come.
  std::uint64_t done_ = 0;
  /// All before it has been asked for.
  std::uint64_t cursor_ = 0;
  std::uint64_t compared_ = 0;
  std::uint64_t checkCursor_ = 0;
  std::uint64_t flushed_ = 0;
  unsigned repairs_ = 0;
  std::deque<Asked> asked_;
  std::uint64_t lastCorrelation_ = 0;
  /// Since when an answer is waited for; empty while none is.
  std::optional<TimePoint> waitingSince_;
  std::optional<std::variant<Whole, Failure>> end_;
};

}  // namespace berth::peers
