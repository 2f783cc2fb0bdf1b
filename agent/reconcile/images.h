// SPDX-License-Identifier: Apache-2.0
//
// What the reconciler knows of images: which are here, which are on their way, which could not be had, and which
// nobody has needed for so long that they may go. Sets of artifacts (message::idOf()) are kept on the same shelf.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/reconcile/backoff.h"
#include "agent/reconcile/event.h"

namespace berth::reconcile {

/// How long an image that nobody uses is kept: a change that is taken back within the hour finds it still here.
inline constexpr std::chrono::minutes kUnusedImageKept{60};
/// How often an image is tried again that has proved wrong, such as by its digest: it costs a whole download.
inline constexpr std::chrono::minutes kWrongImageRetry{10};

class ImageShelf {
public:
  struct Image {
    enum class State : std::uint8_t { absent, fetching, ready };
    State state = State::absent;
    std::uint64_t fetched = 0;
    std::uint64_t expected = 0;
    /// Why the last try failed; empty when none did.
    std::optional<Failure> failure;
    Backoff retry;
  };

  [[nodiscard]] bool ready(const Digest& image) const;
  [[nodiscard]] const Image& at(const Digest& image) const;

  /// True when it is to be fetched now; from then on it is under way.
  [[nodiscard]] bool beginFetch(const Digest& image, TimePoint now);
  void progressed(const Digest& image, std::uint64_t fetched, std::uint64_t expected);
  void arrived(const Digest& image);
  void failed(const Digest& image, const Failure& failure, TimePoint now);
  /// Something that relied on it failed: it is not taken for granted any more.
  void doubt(const Digest& image);

  /// The images to keep, when it is time to remove all others. `used` is every image that anything here needs; empty
  /// when that is not fully known, and then nothing is ever removed.
  [[nodiscard]] std::optional<std::vector<Digest>> collect(std::optional<std::vector<Digest>> used, TimePoint now);
  void collected() { collecting_ = false; }

private:
  std::map<Digest, Image> images_;
  std::vector<Digest> used_;
  std::optional<TimePoint> usedSince_;
  bool collecting_ = false;
};

}  // namespace berth::reconcile
