// SPDX-License-Identifier: Apache-2.0
#include "agent/reconcile/images.h"

namespace berth::reconcile {

bool ImageShelf::ready(const Digest& image) const { return at(image).state == Image::State::ready; }

const ImageShelf::Image& ImageShelf::at(const Digest& image) const {
  static const Image unknown;
  const auto found = images_.find(image);
  return found == images_.end() ? unknown : found->second;
}

bool ImageShelf::beginFetch(const Digest& id, TimePoint now) {
  auto& image = images_[id];
  // What arrives while others are removed would be removed with them.
  if (collecting_ || image.state != Image::State::absent || !image.retry.due(now)) return false;
  image.state = Image::State::fetching;
  image.fetched = image.expected = 0;
  return true;
}

void ImageShelf::progressed(const Digest& id, std::uint64_t fetched, std::uint64_t expected) {
  auto& image = images_[id];
  image.fetched = fetched;
  image.expected = expected;
}

void ImageShelf::arrived(const Digest& id) {
  auto& image = images_[id];
  image = {};
  image.state = Image::State::ready;
}

void ImageShelf::failed(const Digest& id, const Failure& failure, TimePoint now) {
  auto& image = images_[id];
  image.state = Image::State::absent;
  image.failure = failure;
  if (failure.kind == Failure::Kind::permanent)
    image.retry.failedFor(now, kWrongImageRetry);
  else
    image.retry.failed(now);
}

void ImageShelf::doubt(const Digest& id) {
  auto& image = images_[id];
  if (image.state == Image::State::ready) image.state = Image::State::absent;
}

std::optional<std::vector<Digest>> ImageShelf::collect(std::optional<std::vector<Digest>> used, TimePoint now) {
  if (!used || collecting_) return std::nullopt;
  for (const auto& [id, image] : images_)
    if (image.state == Image::State::fetching) return std::nullopt;
  if (!usedSince_ || *used != used_) {
    used_ = std::move(*used);
    usedSince_ = now;
    return std::nullopt;
  }
  if (now - *usedSince_ < kUnusedImageKept) return std::nullopt;
  usedSince_ = now;
  collecting_ = true;
  images_.clear();
  return used_;
}

}  // namespace berth::reconcile
