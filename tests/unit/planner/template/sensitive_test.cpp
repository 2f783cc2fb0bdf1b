// SPDX-License-Identifier: Apache-2.0
//
// What is made of a sensitive value is sensitive, and no message shows it.
#include <gmock/gmock.h>

#include "tests/unit/planner/template/evaluating.h"

namespace berth::templates {
namespace {

constexpr const char* kPassword = "hunter2";

Scope settings() {
  Scope scope;
  scope.variables = {secretVariable("password", Value::of(std::string(kPassword))),
                     secretVariable("keys", Value::of(Value::Map{{"admin", Value::of(std::string(kPassword))}})),
                     variable("user", Value::of(std::string("core")))};
  return scope;
}

Sensitivity of(const std::string& text) {
  World world(settings());
  const auto result = world.evaluated(text);
  EXPECT_TRUE(result) << text;
  return result ? result->sensitivity : Sensitivity::open;
}

TEST(WhatIsMadeOfASensitiveValue, isSensitive) {
  for (const char* text :
       {"${{ var.password }}", "${{ sha256(var.password) }}", "x ${{ var.password }} y",
        "${{ var.user }}:${{ var.password }}", "${{ var.keys.admin }}", "${{ var['password'] }}",
        "${{ length(var.password) }}", "${{ sensitive('x') }}", "${{ try(var.password, 1) }}",
        "${{ can(var.password) }}", "${{ var.password == 'x' and 'a' or 'b' }}",
        "${{ transform({1}, function() return var.password end)[1] }}",
        "${{ (function(v) return v.password end)(var) }}", "${{ nonsensitive(sha256(var.password)) .. var.password }}",
        "${{ (function(p) return nonsensitive(p) end)(var.password) }}"}) {
    EXPECT_EQ(of(text), Sensitivity::sensitive) << text;
  }
}

TEST(WhatIsMadeOfOtherValues, isNot) {
  for (const char* text : {"${{ var.user }}", "x", "${{ nonsensitive(sha256(var.password)) }}",
                           "${{ nonsensitive(var.keys.admin) }}", "${{ nonsensitive(nonsensitive(var.password)) }}"}) {
    EXPECT_EQ(of(text), Sensitivity::open) << text;
  }
}

class Secrets : public testing::Test {
protected:
  Secrets() {
    world_.interpreter.setCluster("prod");
    world_.interpreter.setSecrets(&values_);
    values_.set("db/password", kPassword);
  }

  World world_{settings(), {{"secret.tmpl", {"${{ secret('db/password') }}"}}}};
  secret::Values values_;
};

TEST_F(Secrets, areSensitive) {
  const auto result = world_.evaluated("password: ${{ secret('db/password') }}");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->value, Value::of(std::string("password: ") + kPassword));
  EXPECT_EQ(result->sensitivity, Sensitivity::sensitive);
  const auto compiled = world_.interpreter.compile("${{ secret('db/password') }}", {kPlace}, world_.findings);
  EXPECT_TRUE(compiled->namesSecrets());
}

TEST_F(Secrets, areStandInsWhereNobodyKnowsThem) { EXPECT_EQ(world_.worth("secret('other')"), "\"secret:other\""); }

TEST_F(Secrets, areErrorsWhereThereAreNoOthers) {
  values_.close();
  EXPECT_EQ(world_.worth("secret('other')"),
            "error: cluster prod has no secret \"other\"; set it first: berth secret set prod other");
  EXPECT_EQ(world_.worth("try(secret('other'), 'none')"), "\"none\"");
  EXPECT_EQ(world_.worth("secret(var.password)"), "error: cluster prod has no secret of that name");
}

TEST_F(Secrets, areNamedInTheExpressionItself) {
  EXPECT_THAT(world_.worth("templatefile('secret.tmpl', {})"),
              testing::HasSubstr("a template file knows only what templatefile() gives it"));
}

TEST_F(Secrets, areAskedForByOneName) {
  EXPECT_EQ(world_.worth("secret()"), "error: secret() takes the name of a secret");
  EXPECT_EQ(world_.worth("secret(1)"), "error: secret() takes the name of a secret");
}

TEST(AnErrorAboutASensitiveValue, doesNotShowIt) {
  World world(settings());
  for (const char* expression : {"parseint(var.password, 10)",
                                 "cidrhost(var.password, 1)",
                                 "index({'a'}, var.password)",
                                 "lookup({}, var.password)",
                                 "({})[var.password].x",
                                 "var.keys[var.password]",
                                 "var.keys['hunter'].x",
                                 "regex(var.password .. '(', 'x')",
                                 "regex('z', var.password)",
                                 "uuidv5(var.password, 'x')",
                                 "format('%d', var.password)",
                                 "var.password + 1",
                                 "var.password.x.y",
                                 "pluck({{a = 1}}, var.password)",
                                 "try(parseint(var.password, 10))",
                                 "substr(var.password, 'a', 1)",
                                 "file('/' .. var.password)",
                                 "file(var.password)",
                                 "nodes(var.password)",
                                 "templatefile(var.password, {})"}) {
    world.findings.clear();
    EXPECT_FALSE(world.evaluated("${{ " + std::string(expression) + " }}")) << expression;
    ASSERT_EQ(world.findings.size(), 1u) << expression;
    const auto& finding = world.findings.front();
    EXPECT_THAT(finding.message + finding.hint, testing::Not(testing::HasSubstr("hunter2"))) << expression;
  }
  EXPECT_EQ(world.worth("var.password + 1"),
            "error: attempt to perform arithmetic on a string value (field 'password')");
  EXPECT_EQ(world.findings.front().hint, "here var.password = (sensitive)");
}

}  // namespace
}  // namespace berth::templates
