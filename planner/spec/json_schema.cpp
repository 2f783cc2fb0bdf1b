// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/json_schema.h"

#include <nlohmann/json.hpp>

namespace berth::spec {
namespace {

using Json = nlohmann::ordered_json;
using std::string_view;

constexpr const char* kOctet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

std::string ipv4Pattern() {
  const std::string octet = kOctet;
  return octet + "(\\." + octet + "){3}";
}

Json pattern(const std::string& regex) { return {{"type", "string"}, {"pattern", regex}}; }

/// What a key of a table must look like; the same patterns as those of values.
std::string namePattern(Type type) {
  switch (type) {
    case Type::volume: return "^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$";
    case Type::label: return "^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$";
    case Type::index: return "^(0|[1-9][0-9]{0,9})$";
    case Type::identifier: return "^[A-Za-z_][A-Za-z0-9_]{0,62}$";
    default: return "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$";
  }
}

Json schemaOf(const Shape& shape);

/// An expression stands for a value of any type.
Json orExpression(Json schema) {
  return {{"anyOf", Json::array({std::move(schema), {{"$ref", "#/$defs/expression"}}})}};
}

Json required(string_view key) { return {{"required", Json::array({key})}}; }

Json described(const Field& field) {
  Json schema = orExpression(schemaOf(*field.shape));
  std::string text(field.meaning);
  if (!field.fallback.empty()) text += " (default: " + std::string(field.fallback) + ")";
  schema["description"] = text;
  return schema;
}

void addChoice(const Choice& choice, Json& all) {
  Json each = Json::array();
  for (const string_view key : choice.keys) each.push_back(required(key));
  if (choice.presence == Presence::required) {
    all.push_back({{choice.together == Together::allowed ? "anyOf" : "oneOf", std::move(each)}});
    return;
  }
  Json pairs = Json::array();
  for (std::size_t i = 0; i < choice.keys.size(); ++i) {
    for (std::size_t j = i + 1; j < choice.keys.size(); ++j) {
      pairs.push_back({{"required", Json::array({choice.keys[i], choice.keys[j]})}});
    }
  }
  all.push_back({{"not", {{"anyOf", std::move(pairs)}}}});
}

Json mappingSchema(const Shape& shape) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  Json needed = Json::array();
  Json dependent = Json::object();
  for (const Field& field : shape.fields) {
    schema["properties"][std::string(field.key)] = described(field);
    if (field.presence == Presence::required) needed.push_back(field.key);
    if (field.onlyWith.empty()) continue;
    Json any = Json::array();
    for (const string_view other : field.onlyWith) any.push_back(required(other));
    dependent[std::string(field.key)] = {{"anyOf", std::move(any)}};
  }
  if (!needed.empty()) schema["required"] = std::move(needed);
  if (!dependent.empty()) schema["dependentSchemas"] = std::move(dependent);
  Json all = Json::array();
  for (const Choice& choice : shape.choices) addChoice(choice, all);
  if (!all.empty()) schema["allOf"] = std::move(all);
  return schema;
}

Json tableSchema(const Shape& shape) {
  return {{"type", "object"},
          {"propertyNames", {{"pattern", namePattern(shape.key)}}},
          {"maxProperties", shape.most},
          {"additionalProperties", orExpression(schemaOf(*shape.element))}};
}

Json listSchema(const Shape& shape) {
  return {{"type", "array"}, {"maxItems", shape.most}, {"items", orExpression(schemaOf(*shape.element))}};
}

Json plainSchema(const Shape& shape) {
  switch (shape.type) {
    // Whatever is no list and no mapping is a text, however it looks.
    case Type::text: return {{"type", Json::array({"string", "number", "boolean"})}};
    case Type::any: return Json::object();
    case Type::identifier:
    case Type::name:
    case Type::label:
    case Type::volume: return pattern(namePattern(shape.type));
    case Type::index:
    case Type::integer: return {{"type", "integer"}, {"minimum", shape.least}, {"maximum", shape.most}};
    case Type::boolean: return {{"type", "boolean"}};
    case Type::bytes: return pattern("^[0-9]+ ?(B|[KMGT]i?B)$");
    case Type::duration: return pattern("^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$");
    case Type::digest: return pattern("^[0-9a-fA-F]{64}$");
    case Type::ipv4: return pattern("^" + ipv4Pattern() + "$");
    case Type::subnet: return pattern("^" + ipv4Pattern() + "/([89]|[12][0-9]|30)$");
    case Type::range: return pattern("^" + ipv4Pattern() + "( *- *" + ipv4Pattern() + ")?$");
    case Type::path: return pattern("^[^/]");
    case Type::mountPoint: return pattern("^/.*[^/]$");
    case Type::domain: return pattern("^[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*$");
    case Type::timeOfDay: return pattern("^([01][0-9]|2[0-3]):[0-5][0-9]$");
    case Type::timeZone: return pattern("^[A-Za-z0-9/_+-]+$");
    case Type::fraction: return {{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
    case Type::word: return {{"enum", std::vector<string_view>(shape.words.begin(), shape.words.end())}};
    case Type::mapping: return mappingSchema(shape);
    case Type::table: return tableSchema(shape);
    case Type::list: return listSchema(shape);
    case Type::oneOrList: return {{"anyOf", Json::array({listSchema(shape), schemaOf(*shape.element)})}};
    case Type::listOrMapping: return {{"anyOf", Json::array({listSchema(shape), mappingSchema(shape)})}};
  }
  return Json::object();
}

Json schemaOf(const Shape& shape) {
  if (shape.orTable == nullptr) return plainSchema(shape);
  return {{"anyOf", Json::array({plainSchema(shape), tableSchema(*shape.orTable)})}};
}

}  // namespace

std::string jsonSchema(const Shape& root) {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"$id", kSchemaId},
              {"title", "Berth cluster spec"},
              {"$defs", {{"expression", {{"type", "string"}, {"pattern", "\\$\\{\\{"}}}}}};
  schema.update(mappingSchema(root));
  return schema.dump(2) + "\n";
}

}  // namespace berth::spec
