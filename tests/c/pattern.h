/* The patterns of bindings/vectors/README.md: whether a JSON value is what a case expects, and if not, where and why. */
#ifndef KEI_TESTS_PATTERN_H
#define KEI_TESTS_PATTERN_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENIENT (JSON_DECODE_ANY | JSON_ALLOW_NUL)

/* Why the last pattern did not match. */
static char mismatch[2048];

static int differs(const char *path, const char *wanted, const json_t *pattern, const json_t *value)
{
    char *expected = pattern ? json_dumps(pattern, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char *found = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    snprintf(mismatch, sizeof mismatch, "`%s` should %s%s; found %.1200s", *path ? path : ".", wanted, expected ? expected : "", found ? found : "nothing");
    free(expected);
    free(found);
    return 0;
}

static int matches(const json_t *pattern, const json_t *value, const char *path);

/* Equal, whichever way their numbers are written. `whole` is for objects with no field besides. */
static int equal(const json_t *one, const json_t *other)
{
    if (json_is_number(one) && json_is_number(other))
        return json_number_value(one) == json_number_value(other);
    if (json_typeof(one) != json_typeof(other))
        return 0;
    if (json_is_object(one)) {
        const char *name;
        json_t *inner;
        json_object_foreach((json_t *)one, name, inner) {
            json_t *there = json_object_get(other, name);
            if (!there || !equal(inner, there))
                return 0;
        }
        return json_object_size(one) == json_object_size(other);
    }
    if (json_is_array(one)) {
        for (size_t at = 0; at < json_array_size(one) && at < json_array_size(other); at++)
            if (!equal(json_array_get(one, at), json_array_get(other, at)))
                return 0;
        return json_array_size(one) == json_array_size(other);
    }
    return json_equal(one, other);
}

static const char *kind(const json_t *value)
{
    static const char *const names[] = {"object", "array", "string", "number", "number", "boolean", "boolean", "null"};
    return names[json_typeof(value)];
}

/* How many items of an array match. */
static size_t matching(const json_t *pattern, const json_t *items, const char *path)
{
    size_t count = 0;
    for (size_t at = 0; at < json_array_size(items); at++)
        count += (size_t)matches(pattern, json_array_get(items, at), path);
    return count;
}

static int contains(const json_t *text, const json_t *part)
{
    /* Not strstr: a text may hold NULs. */
    size_t length = json_string_length(text), wanted = json_string_length(part);
    for (size_t at = 0; at + wanted <= length; at++)
        if (memcmp(json_string_value(text) + at, json_string_value(part), wanted) == 0)
            return 1;
    return 0;
}

static int holds(const char *rule, const json_t *wanted, const json_t *value, const char *path)
{
    if (strcmp(rule, "$absent") == 0)
        return (!value || json_is_null(value)) ? 1 : differs(path, "be absent", NULL, value);
    if (!value)
        return differs(path, "be there", NULL, value);
    if (strcmp(rule, "$exact") == 0)
        return equal(wanted, value) ? 1 : differs(path, "be exactly ", wanted, value);
    if (strcmp(rule, "$type") == 0)
        return strcmp(kind(value), json_string_value(wanted)) == 0 ? 1 : differs(path, "be of the type ", wanted, value);
    if (strcmp(rule, "$contains") == 0)
        return json_is_string(value) && contains(value, wanted) ? 1 : differs(path, "contain ", wanted, value);
    if (strcmp(rule, "$not_contains") == 0)
        return json_is_string(value) && !contains(value, wanted) ? 1 : differs(path, "be a text without ", wanted, value);
    if (strcmp(rule, "$min") == 0)
        return json_is_number(value) && json_number_value(value) >= json_number_value(wanted) ? 1 : differs(path, "be at least ", wanted, value);
    if (strcmp(rule, "$max") == 0)
        return json_is_number(value) && json_number_value(value) <= json_number_value(wanted) ? 1 : differs(path, "be at most ", wanted, value);
    if (strcmp(rule, "$length") == 0)
        return json_is_array(value) && json_array_size(value) == (size_t)json_integer_value(wanted) ? 1 : differs(path, "be an array of the length ", wanted, value);
    if (strcmp(rule, "$some") == 0)
        return json_is_array(value) && matching(wanted, value, path) > 0 ? 1 : differs(path, "have an item like ", wanted, value);
    if (strcmp(rule, "$each") == 0)
        return json_is_array(value) && matching(wanted, value, path) == json_array_size(value) ? 1 : differs(path, "have only items like ", wanted, value);
    if (strcmp(rule, "$none") == 0)
        return json_is_array(value) && matching(wanted, value, path) == 0 ? 1 : differs(path, "have no item like ", wanted, value);
    if (strcmp(rule, "$in") == 0) {
        for (size_t at = 0; at < json_array_size(wanted); at++)
            if (matches(json_array_get(wanted, at), value, path))
                return 1;
        return differs(path, "be one of ", wanted, value);
    }
    if (strcmp(rule, "$text") == 0) {
        json_t *inner = json_is_string(value) ? json_loadb(json_string_value(value), json_string_length(value), LENIENT, NULL) : NULL;
        int good = inner ? matches(wanted, inner, path) : differs(path, "be a text that is JSON", NULL, value);
        json_decref(inner);
        return good;
    }
    fprintf(stderr, "there is no rule %s\n", rule);
    exit(2);
}

/* Whether the value, which is NULL where there is none, is as the pattern says. */
static int matches(const json_t *pattern, const json_t *value, const char *path)
{
    if (json_is_object(pattern)) {
        const char *name;
        json_t *inner;
        json_object_foreach((json_t *)pattern, name, inner) {
            char place[512];
            snprintf(place, sizeof place, "%s.%s", path, name);
            if (*name == '$') {
                if (!holds(name, inner, value, path))
                    return 0;
            } else if (!json_is_object(value)) {
                return differs(path, "be an object", NULL, value);
            } else {
                json_t *there = json_object_get(value, name);
                if (json_is_null(there) && !json_is_null(inner))
                    there = NULL;
                if (!matches(inner, there, place))
                    return 0;
            }
        }
        return json_object_size(pattern) > 0 || json_is_object(value) ? 1 : differs(path, "be an object", NULL, value);
    }
    if (!value)
        return differs(path, "be ", pattern, value);
    if (json_is_array(pattern)) {
        if (!json_is_array(value) || json_array_size(pattern) != json_array_size(value))
            return differs(path, "be an array as long as ", pattern, value);
        for (size_t at = 0; at < json_array_size(pattern); at++) {
            char place[512];
            snprintf(place, sizeof place, "%s[%zu]", path, at);
            if (!matches(json_array_get(pattern, at), json_array_get(value, at), place))
                return 0;
        }
        return 1;
    }
    return equal(pattern, value) ? 1 : differs(path, "be ", pattern, value);
}

#endif
