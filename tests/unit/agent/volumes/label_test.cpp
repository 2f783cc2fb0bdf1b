// SPDX-License-Identifier: Apache-2.0
#include "agent/volumes/label.h"

#include <gtest/gtest.h>

namespace berth::volumes {
namespace {

Label aLabel() {
  return {Uuid::parse("11111111-2222-8333-8444-555555555555").value(),
          ClusterName::parse("prod").value(),
          NodeName::parse("prod-server-0").value(),
          {VolumeName::parse("data").value(), 50_GiB, true},
          Label::State::made,
          Generation(12)};
}

TEST(Label, IsReadAsItWasWritten) {
  Label label = aLabel();
  EXPECT_EQ(readLabel(write(label)), label);
  label.volume.keep = false;
  for (const auto state : {Label::State::making, Label::State::deleting, Label::State::incoming}) {
    label.state = state;
    EXPECT_EQ(readLabel(write(label)), label);
  }
}

TEST(Label, SaysByWhichOrderAVolumeWasRestoredAndWhatASnapshotIs) {
  Label label = aLabel();
  label.restored = Generation(15);
  EXPECT_EQ(readLabel(write(label)), label);
  label.restored = {};
  label.snapshot = message::SnapshotName::parse("before").value();
  label.takenMs = 1'764'147'000'000;
  const std::string text = write(label);
  EXPECT_EQ(readLabel(text), label);
  EXPECT_FALSE(readLabel(text.substr(0, text.find("taken "))));
  EXPECT_FALSE(readLabel(text + "taken 1\n"));
  for (const auto& [from, to] : {std::pair("snapshot before", "snapshot ../x"), std::pair("taken 1", "taken -1"),
                                 std::pair("taken 1764147000000", "taken 18446744073709551615")}) {
    std::string other = text;
    EXPECT_FALSE(readLabel(other.replace(other.find(from), std::string(from).size(), to))) << to;
  }
}

TEST(Label, OfAnOlderAgentSaysNotSinceWhen) {
  Label label = aLabel();
  std::string text = write(label);
  text.resize(text.find("since "));
  label.since = Generation();
  EXPECT_EQ(readLabel(text), label);
}

TEST(Label, OfAnyOtherFormIsNone) {
  const std::string text = write(aLabel());
  const std::size_t older = text.find("since ");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(readLabel(text.substr(0, size)).has_value(), size == older) << size;
  }
  EXPECT_FALSE(readLabel(text + "more yes\n"));
  EXPECT_FALSE(readLabel(text + text));
  for (const auto& [from, to] :
       {std::pair("size 5", "size -5"), std::pair("size 53687091200", "size 0"), std::pair("keep yes", "keep maybe"),
        std::pair("state made", "state lost"), std::pair("volume data", "volume ../data"),
        std::pair("cluster prod", "cluster "), std::pair("since 12", "since -1"), std::pair("since 12", "since 12 ")}) {
    std::string other = text;
    EXPECT_FALSE(readLabel(other.replace(other.find(from), std::string(from).size(), to))) << to;
  }
  EXPECT_FALSE(readLabel(std::string(10u << 20, '\n')));
}

}  // namespace
}  // namespace berth::volumes
