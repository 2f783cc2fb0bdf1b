// SPDX-License-Identifier: Apache-2.0
//
// Two state directories, one of which has a volume with holes in its file, and the move of it to the other.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/disks/file.h"
#include "agent/volumes/volumes.h"
#include "protocol/identity/keys.h"
#include "protocol/message/fleet.h"
#include "tests/unit/agent/temporary_directory.h"

namespace berth::peers {

class TwoHosts : public ::testing::Test {
protected:
  static constexpr std::uint64_t kMiB = 1u << 20;
  static constexpr std::uint64_t kFile = 40 * kMiB + 512;

  void SetUp() override {
    for (const auto& layout : {there_, here_}) {
      std::filesystem::create_directories(layout.root().parent_path());
      ASSERT_FALSE(disks::failure(volumes::open(layout)));
    }
    ASSERT_FALSE(disks::failure(volumes::announce(there_, source())));
    writeSource();
    ASSERT_FALSE(disks::failure(volumes::confirm(there_, source())));
  }

  [[nodiscard]] volumes::Label source() const {
    return {fleet_, cluster_, node_, {data_, 64_MiB, true}, volumes::Label::State::made, Generation(3)};
  }
  /// Data at both ends and in the middle, a piece that is not whole blocks, and long holes between.
  void writeSource() const {
    const auto path = there_.disk(node_, data_);
    const disks::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    ASSERT_TRUE(file);
    ASSERT_EQ(::ftruncate(file.get(), static_cast<off_t>(kFile)), 0);
    std::uint32_t state = 7;
    using Region = std::pair<std::uint64_t, std::uint64_t>;
    for (const auto& [at, size] : {Region{0, 3 * kMiB}, Region{9 * kMiB + 4096, kMiB / 2}, Region{17 * kMiB, 100},
                                   Region{20 * kMiB, 12 * kMiB}, Region{kFile - 700, 700}}) {
      std::string bytes(size, '\0');
      for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24u);
      ASSERT_EQ(::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(at)),
                static_cast<ssize_t>(bytes.size()));
    }
  }
  [[nodiscard]] static std::string contentOf(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
  }
  [[nodiscard]] std::optional<volumes::Label> labelHere() const {
    const auto read = volumes::labelOf(here_, {{}, cluster_, node_, data_, {}, {}}, {});
    return std::get<std::optional<volumes::Label>>(read);
  }
  void expectWhole() const {
    ASSERT_TRUE(labelHere());
    EXPECT_EQ(labelHere()->state, volumes::Label::State::made);
    EXPECT_EQ(labelHere()->since, at_);
    EXPECT_EQ(labelHere()->volume.size, 64_MiB);
    EXPECT_TRUE(contentOf(here_.disk(node_, data_)) == contentOf(there_.disk(node_, data_)));
    EXPECT_FALSE(std::filesystem::exists(here_.arriving(node_, data_)));
    EXPECT_TRUE(std::filesystem::exists(there_.disk(node_, data_))) << "the source is not touched";
  }
  [[nodiscard]] message::VolumeMove takes(const std::string& endpoint = "tcp://127.0.0.1:1") const {
    return {message::VolumeMove::Side::takes, cluster_, node_, data_, at_, *HostName::parse("vh1"),
            thereKey_.publicKey().str(),      endpoint, 64_MiB};
  }
  [[nodiscard]] message::VolumeMove gives() const {
    return {message::VolumeMove::Side::gives, cluster_, node_, data_, at_, *HostName::parse("vh2"),
            hereKey_.publicKey().str()};
  }

  testing::TemporaryDirectory directory_;
  const Uuid fleet_ = *Uuid::parse("11111111-2222-8333-8444-555555555555");
  const ClusterName cluster_ = *ClusterName::parse("prod");
  const NodeName node_ = *NodeName::parse("prod-db-0");
  const VolumeName data_ = *VolumeName::parse("data");
  const Generation at_{12};
  const volumes::Layout there_{directory_.path() / "there"};
  const volumes::Layout here_{directory_.path() / "here"};
  const identity::KeyPair thereKey_ = identity::KeyPair::generate();
  const identity::KeyPair hereKey_ = identity::KeyPair::generate();
};

}  // namespace berth::peers
