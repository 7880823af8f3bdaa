#include "patterns.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

using Tree = nlohmann::json;

namespace {

bool is_rule(const Tree& pattern)
{
    return pattern.is_object() && std::any_of(pattern.items().begin(), pattern.items().end(), [](const auto& item) { return item.key()[0] == '$'; });
}

/// Equal, numbers as 64-bit floating point numbers.
bool equal(const Tree& left, const Tree& right)
{
    if (left.is_number() && right.is_number())
        return left.get<double>() == right.get<double>();
    if (left.type() != right.type() || (left.is_structured() && left.size() != right.size()))
        return false;
    if (left.is_array())
        return std::equal(left.begin(), left.end(), right.begin(), equal);
    if (left.is_object())
        return std::all_of(left.items().begin(), left.items().end(), [&](const auto& item) { return right.contains(item.key()) && equal(item.value(), right[item.key()]); });
    return left == right;
}

bool has_type(const std::string& name, const Tree& value)
{
    return name == "string" ? value.is_string() : name == "number" ? value.is_number() : name == "boolean" ? value.is_boolean() : name == "object" ? value.is_object()
         : name == "array" ? value.is_array() : name == "null" ? value.is_null() : throw std::invalid_argument("$type " + name);
}

bool contains(const Tree& part, const Tree& value) { return value.is_string() && value.get<std::string>().find(part.get<std::string>()) != std::string::npos; }

bool holds(const std::string& rule, const Tree& given, const Tree& value)
{
    const auto fits = [&](const Tree& item) { return matches(given, item); };
    if (rule == "$exact")
        return equal(given, value);
    if (rule == "$type")
        return has_type(given, value);
    if (rule == "$absent")
        return value.is_null();
    if (rule == "$contains")
        return contains(given, value);
    if (rule == "$not_contains")
        return value.is_string() && !contains(given, value);
    if (rule == "$in")
        return std::any_of(given.begin(), given.end(), [&](const Tree& one) { return matches(one, value); });
    if (rule == "$min")
        return value.is_number() && value.get<double>() >= given.get<double>();
    if (rule == "$max")
        return value.is_number() && value.get<double>() <= given.get<double>();
    if (rule == "$length")
        return value.is_array() && value.size() == given.get<std::size_t>();
    if (rule == "$some")
        return value.is_array() && std::any_of(value.begin(), value.end(), fits);
    if (rule == "$each")
        return value.is_array() && std::all_of(value.begin(), value.end(), fits);
    if (rule == "$none")
        return value.is_array() && std::none_of(value.begin(), value.end(), fits);
    if (rule == "$text") {
        const Tree inner = value.is_string() ? Tree::parse(value.get<std::string>(), nullptr, false) : Tree(Tree::value_t::discarded);
        return !inner.is_discarded() && matches(given, inner);
    }
    throw std::invalid_argument("the rule " + rule);
}

} // namespace

bool matches(const Tree& pattern, const Tree& value)
{
    if (is_rule(pattern))
        return std::all_of(pattern.items().begin(), pattern.items().end(), [&](const auto& item) { return holds(item.key(), item.value(), value); });
    if (pattern.is_array())
        return value.is_array() && pattern.size() == value.size() && std::equal(pattern.begin(), pattern.end(), value.begin(), matches);
    if (!pattern.is_object())
        return equal(pattern, value);
    if (!value.is_object())
        return false;
    return std::all_of(pattern.items().begin(), pattern.items().end(), [&](const auto& item) {
        const auto found = value.find(item.key());
        const bool there = found != value.end() && (!found->is_null() || item.value().is_null());
        if (!there)
            return item.value().is_object() && item.value().contains("$absent");
        return matches(item.value(), *found);
    });
}
