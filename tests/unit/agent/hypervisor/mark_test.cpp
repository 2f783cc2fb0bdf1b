// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/mark.h"

#include <gtest/gtest.h>

#include "agent/hypervisor/domain_xml.h"
#include "tests/unit/agent/hypervisor/definitions.h"

namespace berth::hypervisor {
namespace {

const Definition kDefinition = testing::aDefinition();
const Uuid& kUuid = kDefinition.mark.instance.uuid;
constexpr std::string_view kName = "prod-server-0";

std::string written() {
  const std::string xml = domainXml(kDefinition, {});
  const auto begin = xml.find("<berth:instance");
  return xml.substr(begin, xml.find("/>", begin) + 2 - begin);
}

std::string changed(const std::string& from, const std::string& to) {
  std::string text = written();
  return text.replace(text.find(from), from.size(), to);
}

TEST(Mark, IsReadAsItWasWritten) {
  const auto found = parseMark(written(), kUuid, kName);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->mark, kDefinition.mark);
  EXPECT_EQ(found->shape, shapeOf(kDefinition, {}));
}

TEST(Mark, SaysWhichMachineItIsSinceAgentsWriteThat) {
  EXPECT_FALSE(parseMark(written(), kUuid, kName)->mark.machine);
  const std::string hex = Digest::of("machine").hex();
  EXPECT_EQ(parseMark(changed("generation=", "machine=\"" + hex + "\" generation="), kUuid, kName)->mark.machine,
            Digest::of("machine"));
  EXPECT_FALSE(parseMark(changed("generation=", "machine=\"x\" generation="), kUuid, kName));
}

TEST(Mark, SaysThatTheConfigIsForgottenAndNothingWhereItIsNot) {
  EXPECT_FALSE(parseMark(written(), kUuid, kName)->mark.withoutConfig);
  EXPECT_EQ(written().find("config="), std::string::npos);
  Definition definition = kDefinition;
  definition.mark.withoutConfig = true;
  definition.ignitionFile.clear();
  EXPECT_NE(shapeOf(definition, {}), shapeOf(kDefinition, {}));
  EXPECT_TRUE(parseMark(changed("generation=", "config=\"forgotten\" generation="), kUuid, kName)->mark.withoutConfig);
}

TEST(Mark, IsReadWithoutItsPrefixToo) { EXPECT_TRUE(parseMark(changed("<berth:instance", "<instance"), kUuid, kName)); }

TEST(Mark, OfACloneOrARenamedDomainIsNotBelieved) {
  EXPECT_FALSE(parseMark(written(), Uuid::random(), kName));
  EXPECT_FALSE(parseMark(written(), kUuid, "somebody-elses"));
}

TEST(Mark, ThatIsNotValidInEveryPartIsNone) {
  EXPECT_FALSE(parseMark(changed("generation=\"7\"", "generation=\"7x\""), kUuid, kName));
  EXPECT_FALSE(parseMark(changed("generation=\"7\"", "generation=\"-1\""), kUuid, kName));
  EXPECT_FALSE(parseMark(changed("generation=\"7\"", ""), kUuid, kName));
  EXPECT_FALSE(parseMark(changed("cluster=\"prod\"", "cluster=\"../../etc\""), kUuid, kName));
  EXPECT_FALSE(parseMark(changed("fleet=\"1111", "fleet=\"zzzz"), kUuid, kName));
  EXPECT_FALSE(parseMark(changed("<berth:instance", "<berth:other"), kUuid, kName));
}

TEST(Mark, HostileTextIsSurvived) {
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  for (const std::string& text : {std::string(), std::string("<"), std::string("<instance"), std::string("text"), deep,
                                  std::string("<instance/>"), std::string("<!DOCTYPE x [<!ENTITY a 'b'>]><instance/>"),
                                  std::string("\0\0\0", 3), std::string(10u << 20, '<')}) {
    EXPECT_FALSE(parseMark(text, kUuid, kName));
  }
}

}  // namespace
}  // namespace berth::hypervisor
