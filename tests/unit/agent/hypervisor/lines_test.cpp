// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/lines.h"

#include <gmock/gmock.h>

namespace berth::hypervisor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Lines, AreFoundWhereverTheStreamIsCut) {
  LineSplitter lines(100);
  EXPECT_THAT(lines.feed("one\ntw"), ElementsAre("one"));
  EXPECT_THAT(lines.feed("o"), IsEmpty());
  EXPECT_THAT(lines.feed("\r\n\nthree\nfour"), ElementsAre("two", "three"));
  EXPECT_THAT(lines.feed("\n"), ElementsAre("four"));
}

TEST(Lines, ThatAreTooLongAreDroppedWholeAndTheNextIsGood) {
  LineSplitter lines(4);
  EXPECT_THAT(lines.feed("1234\n12345\n123\n"), ElementsAre("1234", "123"));
  EXPECT_THAT(lines.feed("1234\r\n"), ElementsAre("1234"));
  for (int i = 0; i < 1000; ++i) EXPECT_THAT(lines.feed(std::string(1000, 'x')), IsEmpty());
  EXPECT_THAT(lines.feed("end\nok\n"), ElementsAre("ok"));
}

TEST(Lines, MayHoldAnyBytes) {
  LineSplitter lines(100);
  EXPECT_THAT(lines.feed(std::string("a\0\xff\x1b[b\n", 7)), ElementsAre(std::string("a\0\xff\x1b[b", 6)));
}

}  // namespace
}  // namespace berth::hypervisor
