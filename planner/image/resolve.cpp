// SPDX-License-Identifier: Apache-2.0
#include "planner/image/resolve.h"

#include "planner/image/stream.h"

namespace berth::image {

using source::Diagnostic;
using source::error;

namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::string fileName(std::string_view path) {
  path = path.substr(0, path.find_first_of("?#"));
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

/// The stream that is asked for; nothing when only a version is given, and none follows from it.
std::optional<std::string> streamOf(const spec::StreamImage& image) {
  if (!image.stream.value.empty()) return image.stream.value;
  return image.version ? streamOfVersion(image.version->value) : std::nullopt;
}

std::variant<Image, Diagnostic> resolveStream(const spec::StreamImage& asked, const source::Mark& mark,
                                              const Given& given) {
  const auto stream = streamOf(asked);
  const source::Mark& where = asked.version ? asked.version->mark : asked.stream.mark;
  if (!stream) {
    return error(where, "no stream follows from version " + asked.version->value, "say stream: as well");
  }
  if (!given.metadata) return error(mark, "the metadata of Fedora CoreOS was not fetched");
  Wanted wanted{.stream = *stream, .version = std::nullopt};
  if (asked.version) wanted.version = asked.version->value;
  auto image = fromMetadata(*given.metadata, wanted);
  if (auto* none = std::get_if<NoImage>(&image)) return error(where, std::move(none->message), std::move(none->hint));
  return std::get<Image>(std::move(image));
}

Image fromUrl(const spec::UrlImage& asked) {
  Image image{.source = asked.url.value,
              .packing = packingOf(asked.url.value),
              .packedDigest = {},
              .contentDigest = {},
              .label = fileName(asked.url.value)};
  if (asked.sha256) image.packedDigest = asked.sha256->value;
  if (asked.uncompressedSha256) image.contentDigest = asked.uncompressedSha256->value;
  return image;
}

std::variant<Image, Diagnostic> resolveFile(const spec::FileImage& asked, const Given& given) {
  std::optional<Digest> digest = given.digest;
  if (asked.sha256) digest = asked.sha256->value;
  if (!digest) {
    return error(asked.path.mark, "the digest of " + asked.path.value + " is not known",
                 "say sha256: or have the file at the same path where the image is resolved");
  }
  return Image{.source = "file://" + asked.path.value,
               .packing = packingOf(asked.path.value),
               .packedDigest = digest,
               .contentDigest = {},
               .label = fileName(asked.path.value)};
}

}  // namespace

Need need(const spec::ImageSource& source) {
  return std::visit(Overloaded{
                        [](const spec::StreamImage& asked) -> Need {
                          const auto stream = streamOf(asked);
                          if (!stream) return NeedsNothing{};
                          if (!asked.version) return NeedsMetadata{streamUrl(*stream)};
                          return NeedsMetadata{releaseUrl(*stream, asked.version->value)};
                        },
                        [](const spec::UrlImage&) -> Need { return NeedsNothing{}; },
                        [](const spec::FileImage& asked) -> Need {
                          if (asked.sha256) return NeedsNothing{};
                          return NeedsDigest{asked.path.value};
                        },
                    },
                    source.from);
}

std::variant<Image, Diagnostic> resolve(const spec::ImageSource& source, const Given& given) {
  using Result = std::variant<Image, Diagnostic>;
  return std::visit(
      Overloaded{
          [&](const spec::StreamImage& asked) -> Result { return resolveStream(asked, source.mark, given); },
          [&](const spec::UrlImage& asked) -> Result { return fromUrl(asked); },
          [&](const spec::FileImage& asked) -> Result { return resolveFile(asked, given); },
      },
      source.from);
}

}  // namespace berth::image
