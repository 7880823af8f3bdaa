// The patterns of the vectors: see bindings/vectors/README.md.
#ifndef KEI_TESTS_PATTERNS_HPP
#define KEI_TESTS_PATTERNS_HPP

#include <nlohmann/json.hpp>

/// Whether a value is as a pattern says.
bool matches(const nlohmann::json& pattern, const nlohmann::json& value);

#endif
