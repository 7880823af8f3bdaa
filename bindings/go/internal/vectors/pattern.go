// Patterns, and whether a value matches one.

package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// mismatch tells why a value does not match a pattern; it is empty when it does. The rules are those of bindings/vectors/README.md. A value that is absent is nil
// as a null is: they are the same to all rules but one, which is asked for by name.
func mismatch(pattern, value any, place string) string {
	switch pattern := pattern.(type) {
	case map[string]any:
		if isRule(pattern) {
			for rule, operand := range pattern {
				if why := broken(rule, operand, value, place); why != "" {
					return why
				}
			}
			return ""
		}
		object, ok := value.(map[string]any)
		if !ok {
			return differs(place, "an object", value)
		}
		for name, inner := range pattern {
			if why := mismatch(inner, object[name], place+"."+name); why != "" {
				return why
			}
		}
		return ""
	case []any:
		items, ok := value.([]any)
		if !ok || len(items) != len(pattern) {
			return differs(place, fmt.Sprintf("an array of %d items", len(pattern)), value)
		}
		for at, inner := range pattern {
			if why := mismatch(inner, items[at], fmt.Sprintf("%s[%d]", place, at)); why != "" {
				return why
			}
		}
		return ""
	default:
		return exact(pattern, value, place)
	}
}

func isRule(pattern map[string]any) bool {
	for name := range pattern {
		if !strings.HasPrefix(name, "$") {
			return false
		}
	}
	return len(pattern) > 0
}

func exact(wanted, value any, place string) string {
	if !reflect.DeepEqual(wanted, value) {
		return differs(place, shown(wanted), value)
	}
	return ""
}

// broken tells why a rule does not hold.
func broken(rule string, operand, value any, place string) string {
	text, isText := value.(string)
	number, isNumber := value.(float64)
	items, isArray := value.([]any)
	holds := false
	switch rule {
	case "$exact":
		return exact(operand, value, place)
	case "$type":
		holds = kind(value) == operand
	case "$absent":
		holds = (value == nil) == (operand == true)
	case "$contains":
		holds = isText && strings.Contains(text, operand.(string))
	case "$not_contains":
		holds = isText && !strings.Contains(text, operand.(string))
	case "$min":
		holds = isNumber && number >= operand.(float64)
	case "$max":
		holds = isNumber && number <= operand.(float64)
	case "$length":
		holds = isArray && float64(len(items)) == operand
	case "$in":
		for _, pattern := range operand.([]any) {
			holds = holds || mismatch(pattern, value, place) == ""
		}
	case "$some", "$each", "$none":
		matching := 0
		for _, item := range items {
			if mismatch(operand, item, place) == "" {
				matching++
			}
		}
		holds = isArray && (rule == "$some" && matching > 0 || rule == "$each" && matching == len(items) || rule == "$none" && matching == 0)
	case "$text":
		var inner any
		if !isText || json.Unmarshal([]byte(text), &inner) != nil {
			return differs(place, "a text that is JSON", value)
		}
		return mismatch(operand, inner, place)
	default:
		return fmt.Sprintf("%s: there is no rule %s", place, rule)
	}
	if !holds {
		return differs(place, rule+" "+shown(operand), value)
	}
	return ""
}

func kind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	case []any:
		return "array"
	default:
		return "object"
	}
}

func differs(place, wanted string, value any) string {
	return fmt.Sprintf("%s should be %s, and is %s", place, wanted, shown(value))
}

func shown(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
