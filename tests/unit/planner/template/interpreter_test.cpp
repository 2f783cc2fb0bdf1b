// SPDX-License-Identifier: Apache-2.0
#include "planner/template/interpreter.h"

#include <chrono>
#include <iostream>

#include "tests/unit/planner/template/evaluating.h"

namespace berth::templates {
namespace {

Scope settings() {
  Scope scope;
  scope.variables = {
      variable("region", Value::of(std::string("eu"))),
      variable("port", Value::of(std::int64_t{8080})),
      variable("zones", Value::of(Value::List{Value::of(std::string("a")), Value::of(std::string("b"))})),
      variable("sizes", Value::of(Value::Map{{"small", Value::of(std::int64_t{1})}})),
      variable("off", Value::of(false)),
      variable("nothing", Value()),
      Variable{"broken", {}, Sensitivity::open, Variable::Standing::unknown},
  };
  scope.cluster = "prod";
  return scope;
}

Node node(std::int64_t index) {
  return {.name = "prod-web-" + std::to_string(index),
          .pool = "web",
          .index = index,
          .address = "10.20.0." + std::to_string(10 + index),
          .mac = "52:00:00:00:00:01",
          .cluster = "prod",
          .meta = {{"role", Value::of(std::string("edge"))}}};
}

TEST(AValueThatIsOneExpression, keepsItsType) {
  World world(settings());
  EXPECT_EQ(world.evaluated("${{ var.port }}")->value, Value::of(std::int64_t{8080}));
  EXPECT_EQ(world.evaluated("${{ var.off }}")->value, Value::of(false));
  EXPECT_EQ(world.evaluated("${{ 6 / 2 }}")->value, Value::of(std::int64_t{3}));
  EXPECT_EQ(world.evaluated("${{ 1 / 4 }}")->value, Value::of(0.25));
  EXPECT_EQ(world.worth("var.zones"), "{\"a\", \"b\"}");
  EXPECT_EQ(world.worth("var.sizes"), "{small = 1}");
  EXPECT_TRUE(world.evaluated("${{ var.nothing }}")->value.isNull());
  EXPECT_TRUE(world.evaluated("${{ {} }}")->value.isList());
}

TEST(AnyOtherValue, isText) {
  World world(settings());
  EXPECT_EQ(world.written("${{ var.region }}-${{ var.port }}-${{ var.off }}"), "\"eu-8080-false\"");
  EXPECT_EQ(world.written(" ${{ var.port }}"), "\" 8080\"");
  EXPECT_EQ(world.written("a $${{ b }}"), "\"a ${{ b }}\"");
}

TEST(AnyOtherValue, takesNoListMapOrNothing) {
  World world(settings());
  EXPECT_EQ(world.written("a${{ var.zones }}"),
            "error: a list cannot stand in text; join() or jsonencode() makes text of it");
  EXPECT_EQ(world.written("a${{ var.sizes }}"),
            "error: a map cannot stand in text; join() or jsonencode() makes text of it");
  EXPECT_EQ(world.written("a${{ var.nothing }}"), "error: nothing cannot stand in text");
}

TEST(AnExpression, seesTheNodeItIsFor) {
  World world(settings());
  const Node third = node(3);
  EXPECT_EQ(world.written("${{ node.name }}@${{ node.address }}", &third), "\"prod-web-3@10.20.0.13\"");
  EXPECT_EQ(world.worth("node.meta.role .. node.index", &third), "\"edge3\"");
  const Node fourth = node(4);
  EXPECT_EQ(world.worth("node.index", &fourth), "4");
  EXPECT_EQ(world.worth("cluster.name", &fourth), "\"prod\"");
}

TEST(AnExpression, doesNotSeeWhereANodeGoes) {
  World world(settings());
  const Node third = node(3);
  EXPECT_EQ(world.worth("node.zone", &third),
            "error: node.zone is not known: where a node goes is decided after what it is");
  Node byDhcp = node(1);
  byDhcp.address.clear();
  EXPECT_EQ(world.worth("node.address", &byDhcp), "error: node.address is not known under dhcp: true");
  EXPECT_EQ(world.worth("node.name"), "error: node is not known here: this is the same for all nodes");
}

TEST(AnExpression, seesTheNodesOfPools) {
  World world(settings());
  EXPECT_EQ(world.worth("nodes('web')"), "error: nodes() is not known here: nodes are worked out from this");
  const std::vector<PoolNodes> pools{{"web", {node(0), node(1)}}};
  world.interpreter.setPools(&pools);
  EXPECT_EQ(world.worth("join(',', pluck(nodes('web'), 'address'))"), "\"10.20.0.10,10.20.0.11\"");
  EXPECT_EQ(world.worth("nodes('web')[2].name"), "\"prod-web-1\"");
  EXPECT_EQ(world.worth("nodes('wen')"), "error: there is no pool \"wen\"; did you mean \"web\"?");
}

TEST(AnExpression, saysWhatIsNotThere) {
  World world(settings());
  EXPECT_EQ(world.worth("var.regoin"), "error: there is no variable \"regoin\"; did you mean \"region\"?");
  EXPECT_EQ(world.worth("var.sizes.smal"), "error: there is no member \"smal\"; did you mean \"small\"?");
  EXPECT_EQ(world.worth("var.zones[3]"), "error: the list has 2 elements, and none at 3");
  EXPECT_EQ(world.worth("var.zones[0]"),
            "error: the list has 2 elements, and none at 0; list[1] is the first one, "
            "element(list, 0) counts as Terraform does");
  EXPECT_EQ(world.worth("jion(',', {})"), "error: nothing is known as \"jion\"; did you mean \"join\"?");
  EXPECT_EQ(world.worth("abs()"), "error: abs() takes 1 argument, found 0");
  EXPECT_EQ(world.worth("join(1, 2)"), "error: join(): the second argument should be a list, found a number");
  EXPECT_EQ(world.worth("timestamp()"),
            "error: nothing is known as \"timestamp\": an expression knows no clock: the "
            "same spec always gives the same nodes");
  EXPECT_EQ(world.worth("secret('token')"), "error: secret() is not known here; use it in a Butane file");
}

TEST(AnExpression, restsSilentlyOnWhatIsUnknown) {
  World world(settings());
  EXPECT_EQ(world.worth("var.broken"), "unknown");
  EXPECT_EQ(world.worth("try(var.broken, 1)"), "unknown");
}

TEST(AnError, standsAtItsLineAndShowsTheValuesInScope) {
  World world(settings());
  const Node third = node(3);
  (void)world.evaluated("${{ var.region + node.index }}", &third);
  ASSERT_EQ(world.findings.size(), 1u);
  EXPECT_EQ(world.findings.front().where, kPlace);
  EXPECT_EQ(world.findings.front().message, "attempt to perform arithmetic on a string value (field 'region')");
  EXPECT_EQ(world.findings.front().hint, "here node.index = 3, var.region = \"eu\", of node prod-web-3");
  world.findings.clear();
  (void)world.evaluated("${{\n  var.port\n  .. var.zones }}");
  EXPECT_EQ(world.findings.front().where.line, kPlace.line + 2);
}

TEST(Try, takesTheFirstThatCanBeWorkedOut) {
  World world(settings());
  EXPECT_EQ(world.worth("try(var.sizes.large, var.sizes.small)"), "1");
  EXPECT_EQ(world.worth("try(var.sizes.large, var.nope, 'x')"), "\"x\"");
  EXPECT_EQ(world.worth("try(try(var.a, var.b), join(',', {'a', 'b'}))"), "\"a,b\"");
  EXPECT_EQ(world.worth("can(var.sizes.large)"), "false");
  EXPECT_EQ(world.worth("can(parseint('z', 10))"), "false");
  EXPECT_EQ(world.worth("try((function(a, b) if a then return b end end)(1, 2), 3)"), "2");
  EXPECT_EQ(world.worth("try(var.a, var.b)"),
            "error: try(): no value could be worked out; of the last one: there is no variable \"b\"");
}

TEST(AFunctionInAnExpression, changesNothingThatIsThereAfterwards) {
  World world(settings());
  EXPECT_EQ(world.worth("(function() var.zones[1] = 'z' return var.zones[1] end)()"), "\"z\"");
  EXPECT_EQ(world.worth("var.zones[1]"), "\"a\"");
  EXPECT_EQ(world.worth("(function() x = 1 return x end)()"),
            "error: nothing can be assigned to \"x\"; declare it local");
  EXPECT_EQ(world.worth("(function() var.port = 1 return 1 end)()"), "error: var.port cannot be changed");
  EXPECT_EQ(world.worth("(function() join = 1 return 1 end)()"),
            "error: nothing can be assigned to \"join\"; declare it local");
}

TEST(ATemplateFile, seesOnlyWhatItIsGiven) {
  World world(settings(), {{"a.tmpl", {"${{ name }} and\n${{ var.port }}"}},
                           {"b.tmpl", {"<${{ templatefile('c.tmpl', { x = x .. 'y' }) }}${{ x }}>"}},
                           {"c.tmpl", {"[${{ x }}]"}},
                           {"loop.tmpl", {"${{ templatefile('loop.tmpl', {}) }}"}}});
  EXPECT_EQ(world.worth("templatefile('a.tmpl', { name = 'x' })"),
            "error: a.tmpl:2: a template file knows only what templatefile() gives it, and that has no \"var\"");
  EXPECT_EQ(world.worth("templatefile('b.tmpl', { x = 'x' })"), "\"<[xy]x>\"");
  EXPECT_THAT(world.worth("templatefile('loop.tmpl', {})"), testing::HasSubstr("nested deeper than 8"));
  EXPECT_EQ(world.worth("templatefile('../a.tmpl', {})"), "error: ../a.tmpl leads out of the directory of the spec");
  EXPECT_EQ(world.worth("file('/etc/passwd')"), "error: /etc/passwd leads out of the directory of the spec");
}

TEST(TheVariablesOfAText, areKnownBeforeItIsEvaluated) {
  World world(settings());
  const auto names = [&](const std::string& text) {
    return world.interpreter.compile(text, {kPlace}, world.findings)->variables();
  };
  EXPECT_EQ(names("${{ var.port }} ${{ var['region'] }}"), (std::set<std::string>{"port", "region"}));
  EXPECT_EQ(names("${{ node.name }}"), std::set<std::string>());
  EXPECT_EQ(names("${{ var[node.name] }}").size(), 7u);
  EXPECT_EQ(world.interpreter.compile("${{ node.name }}", {}, world.findings)->reach(), Reach::perNode);
  EXPECT_EQ(world.interpreter.compile("${{ ({ node = 1 }).node }}", {}, world.findings)->reach(), Reach::everywhere);
}

TEST(FortyThousandEvaluations, areAMatterOfMilliseconds) {
  World world(settings());
  const auto compiled = world.interpreter.compile("http://${{ node.address }}:${{ var.port }}/", {}, world.findings);
  std::vector<Node> nodes;
  for (std::int64_t i = 0; i < 40'000; ++i) nodes.push_back(node(i));
  const auto begin = std::chrono::steady_clock::now();
  std::size_t bytes = 0;
  for (const Node& each : nodes) {
    bytes += world.interpreter.evaluate(*compiled, &each, world.findings)->value.text().size();
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  std::cout << "40,000 texts of two expressions each: "
            << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms\n";
  EXPECT_GT(bytes, 40'000u * 20);
  // Far above what it takes: this catches a compilation for each node, not a busy machine.
  EXPECT_LT(took, std::chrono::seconds(10));
}

}  // namespace
}  // namespace berth::templates
