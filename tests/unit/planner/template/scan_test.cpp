// SPDX-License-Identifier: Apache-2.0
#include "planner/template/scan.h"

#include <gtest/gtest.h>

namespace berth::templates {
namespace {

/// The pieces, expressions in angle brackets.
std::string pieces(std::string_view text) {
  const Scanned scanned = scan(text);
  if (scanned.problem) return "problem " + std::to_string(scanned.problem->ordinal) + ": " + scanned.problem->message;
  std::string out;
  for (const Piece& each : scanned.pieces) {
    out += each.kind == Piece::Kind::literal ? each.text : "<" + each.text + ">";
  }
  return out;
}

TEST(Scanning, findsExpressionsBetweenTexts) {
  EXPECT_EQ(pieces("http://${{ node.address }}:80/"), "http://< node.address >:80/");
  EXPECT_EQ(pieces("${{a}}${{b}}"), "<a><b>");
  EXPECT_EQ(pieces("nothing"), "nothing");
  EXPECT_EQ(pieces(""), "");
}

TEST(Scanning, leavesShellsAndGoTemplatesAlone) {
  EXPECT_EQ(pieces("${HOME} {{ .Name }} $X $$ ${#a[@]}"), "${HOME} {{ .Name }} $X $$ ${#a[@]}");
}

TEST(Scanning, writesALiteralOneForTheEscape) {
  EXPECT_EQ(pieces("a $${{ b }} ${{ c }}"), "a ${{ b }} < c >");
  EXPECT_EQ(pieces("$$${{ b }}"), "$${{ b }}");
}

TEST(Scanning, knowsBracesThatBelongToTheExpression) {
  EXPECT_EQ(pieces("${{ {a = {b = 1}}}}!"), "< {a = {b = 1}}>!");
  EXPECT_EQ(pieces("${{ keys({ a = {} }) }}"), "< keys({ a = {} }) >");
}

TEST(Scanning, knowsBracesWithinTexts) {
  EXPECT_EQ(pieces(R"(${{ "}}" .. '}}' .. [[}}]] .. [=[]]}}]=] }}.)"), R"(< "}}" .. '}}' .. [[}}]] .. [=[]]}}]=] >.)");
  EXPECT_EQ(pieces(R"(${{ "\"}}" }}.)"), R"(< "\"}}" >.)");
}

TEST(Scanning, saysWhichExpressionIsNotClosed) {
  EXPECT_EQ(pieces("${{ a }} ${{ b }"), "problem 1: ${{ is not closed by }}");
  EXPECT_EQ(pieces("${{ {a = 1 }}"), "problem 0: ${{ is not closed by }}");
  EXPECT_EQ(pieces("${{ \"a }}"), "problem 0: a text is not closed by \"");
  EXPECT_EQ(pieces("${{ [[a }}"), "problem 0: a text is not closed by ]]");
  EXPECT_EQ(pieces("${{ a -- b }}"), "problem 0: a comment cannot stand in an expression");
  EXPECT_EQ(pieces("${{ " + std::string(20'000, ' ') + "}}"), "problem 0: ${{ is not closed within 16384 bytes");
}

}  // namespace
}  // namespace berth::templates
