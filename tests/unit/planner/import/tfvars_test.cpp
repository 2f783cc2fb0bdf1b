// SPDX-License-Identifier: Apache-2.0
#include "planner/import/tfvars.h"

#include <gtest/gtest.h>

#include "planner/template/json.h"

namespace berth::import {
namespace {

/// As JSON; or "line:column: what is wrong".
std::string read(const std::string& text) {
  auto values = readTfvars(text, "a.tfvars");
  if (const auto* problem = std::get_if<source::Diagnostic>(&values)) {
    return std::to_string(problem->where.line) + ":" + std::to_string(problem->where.column) + ": " + problem->message;
  }
  return templates::jsonOf(templates::Value::of(std::get<Tfvars>(values).values));
}

TEST(Tfvars, KnowsAllKindsOfValues) {
  EXPECT_EQ(read("a = \"x\"\nb = 3\nc = 2.5\nd = true\ne = [1, \"two\",]\nf = -1\n"),
            R"({"a":"x","b":3,"c":2.5,"d":true,"e":[1,"two"],"f":-1})");
}

TEST(Tfvars, ReadsObjectsInAllTheirSpellings) {
  EXPECT_EQ(read("a = { b = 1, \"c-d\" : { e = [] } }\nf = {\n  g = 1\n  h = 2 # two\n}\n"),
            R"({"a":{"b":1,"c-d":{"e":[]}},"f":{"g":1,"h":2}})");
}

TEST(Tfvars, KnowsWhereEachValueIs) {
  const std::string text = "a = 1\nb = {\n  c = { d = [ { e = 2 } ] }\n}\n";
  const auto read = std::get<Tfvars>(readTfvars(text, "a.tfvars"));
  ASSERT_EQ(read.places.size(), 4U) << "none within a list";
  EXPECT_EQ(markAt(text, read.places.at("a"), "a.tfvars"), (source::Mark{"a.tfvars", 1, 5, 0}));
  EXPECT_EQ(markAt(text, read.places.at("b.c.d"), "a.tfvars"), (source::Mark{"a.tfvars", 3, 13, 0}));
}

TEST(Tfvars, PassesOverComments) {
  EXPECT_EQ(read("# one\n// two\n/* three\n */ a = 1 // four\r\nb = [ # five\n 2 ]"), R"({"a":1,"b":[2]})");
}

TEST(Tfvars, ReadsTextsOverSeveralLines) {
  EXPECT_EQ(read("a = <<EOT\n one\n  two\nEOT\nb = <<-X\n    one\n      two\n    X\n"),
            R"({"a":" one\n  two\n","b":"one\n  two\n"})");
}

TEST(Tfvars, KnowsEscapes) { EXPECT_EQ(read(R"(a = "x\ty\n\"z\\ $${b} %%{c}")"), R"({"a":"x\ty\n\"z\\ ${b} %{c}"})"); }

TEST(Tfvars, SaysWhereItCannotBeRead) {
  EXPECT_EQ(read("a = 1\nb 2\n"), "2:3: expected = after \"b\"");
  EXPECT_EQ(read("a = \"x\n"), "1:5: this text has no end");
  EXPECT_EQ(read("a = \"${var.b}\"\n"), "1:6: an expression in a text");
  EXPECT_EQ(read("a = var.b\n"), "1:5: expected a value");
  EXPECT_EQ(read("a = 1 2\n"), "1:7: expected the end of the line");
  EXPECT_EQ(read("a = [1 2]\n"), "1:8: expected , or ]");
  EXPECT_EQ(read("a = { b = 1 c = 2 }\n"), "1:13: expected , or }, or a new line");
  EXPECT_EQ(read("a = 1\na = 2\n"), "2:1: \"a\" is there twice");
  EXPECT_EQ(read("a = <<EOT\nx\n"), "1:5: this text has no end: there is no line EOT");
  EXPECT_EQ(read("a = /* x"), "1:5: expected a value");
  EXPECT_EQ(read("a = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["), "1:38: values are nested too deep");
  EXPECT_EQ(read("= 1"), "1:1: expected the name of a variable");
  EXPECT_EQ(read("a ="), "1:4: expected a value");
  EXPECT_EQ(read("a = {"), "1:6: expected }");
  EXPECT_EQ(read("a = 1.2.3"), "1:5: this is no number");
}

/// Whatever the bytes are, it ends, with values or with a place.
TEST(Tfvars, BearsWhateverIsCutOff) {
  const std::string whole = "a = { b = [1, \"x\\n\", <<-E\n  t\n  E\n], c : true }\n# end\n/* x */ d = null\n";
  for (std::size_t length = 0; length <= whole.size(); ++length) EXPECT_FALSE(read(whole.substr(0, length)).empty());
}

}  // namespace
}  // namespace berth::import
