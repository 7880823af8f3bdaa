// JSON texts: written, read, and carried.
#include "support.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace {

template <class T, class = void>
struct IsShown : std::false_type {};
template <class T>
struct IsShown<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>> : std::true_type {};

template <class T>
std::string problem(const char* text)
{
    const auto outcome = kei::decode<T>(text);
    return outcome ? "none" : outcome.error().message();
}

} // namespace

TEST_CASE("what is written is JSON that another library reads back the same")
{
    std::string every;
    for (int c = 1; c < 128; ++c)
        every += static_cast<char>(c);
    every += "é€😀\"\\/";
    const std::map<std::string, std::string> names{{every, every}, {"", ""}};
    CHECK(Tree::parse(kei::json::encode(names)) == Tree(names));
    const std::vector<double> numbers{0.0, -1.5, 1e300, 5e-324, 0.1};
    CHECK(Tree::parse(kei::json::encode(numbers)) == Tree(numbers));
    CHECK(kei::json::encode(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(kei::json::encode(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(kei::json::encode(true) == "true");
    CHECK(kei::json::encode(std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("what another library writes is read back the same")
{
    const Tree tree{{"text", "a\n\"é€😀\\"}, {"numbers", {1, -2, 3}}, {"nested", {{"a", {true, false, nullptr}}}}};
    for (const auto& text : {tree.dump(), tree.dump(4), tree.dump(-1, ' ', true)}) {
        const auto read = kei::decode<std::map<std::string, kei::Json>>(text);
        REQUIRE(read);
        CHECK(kei::decode<std::string>(read->at("text").view()).value() == tree["text"].get<std::string>());
        CHECK(kei::decode<std::vector<int>>(read->at("numbers").view()).value() == std::vector<int>{1, -2, 3});
        CHECK(read->at("nested").as<Tree>() == tree["nested"]);
    }
}

TEST_CASE("a text that does not fit is an error that names the place and says what would be right")
{
    CHECK(problem<kei::api::PlanAnswer>("[]") == "the text: the value should be an object");
    CHECK(problem<kei::api::PlanAnswer>(R"({"steps": []})") == "the text: the value should have the field `plan_id`");
    CHECK(problem<kei::api::PlanAnswer>(R"({"plan_id": 1, "steps": []})") == "the text: plan_id should be a string");
    CHECK(problem<kei::api::PlanAnswer>(R"({"plan_id": "p", "steps": [{"action": "a"}, {"action": null}]})") == "the text: steps[1].action should be a string");
    CHECK(problem<std::uint16_t>("65536") == "the text: the value should be a whole number from 0 to 65535");
    CHECK(problem<std::vector<std::vector<bool>>>("[[true], [0]]") == "the text: [1][0] should be true or false");
    CHECK(problem<kei::api::BreakerState>(R"("ajar")") == "the text: the value should be one of closed, open, half_open");
    CHECK(problem<int>("1 2") == "the text: the value is not valid JSON");
    CHECK(problem<std::string>(R"("\ud800")") == "the text: the value should be a string");
}

TEST_CASE("no text that is cut off or altered is taken for a whole one, and none is read past its end")
{
    const std::string whole = R"({"plan_id": "pé\u00e9\ud83d\ude00", "steps": [{"action": "a", "parameters": {"x": [1.5e3, {}, null]}}], "more": true})";
    REQUIRE(kei::decode<kei::api::PlanAnswer>(whole));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        // On the heap and of this size, so that a sanitizer sees a byte too much.
        const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        CHECK_FALSE(kei::decode<kei::api::PlanAnswer>(std::string_view(cut.data(), cut.size())));
        for (const char c : {'\0', '"', '{', ']', '\\', 'u', '9'}) {
            std::string altered = whole;
            altered[length] = c;
            (void)kei::decode<kei::api::PlanAnswer>(altered);
        }
    }
}

TEST_CASE("a text that nests a million deep is gone past without the stack growing")
{
    std::string deep(1'000'000, '[');
    CHECK_FALSE(kei::decode<std::map<std::string, kei::Json>>("{\"a\": " + deep));
    deep.append(1'000'000, ']');
    CHECK(kei::decode<std::map<std::string, kei::Json>>("{\"a\": " + deep + "}"));
}

TEST_CASE("a value of JSON copies, moves and converts to and from a tree")
{
    CHECK(kei::Json().view() == "null");
    kei::Json value{R"({"a": [1, 2]})"};
    kei::Json copy = value;
    const kei::Json moved = std::move(value);
    CHECK(copy == moved);
    CHECK(value.view() == "null"); // NOLINT: what was moved from is null, which is promised.
    CHECK(moved.as<Tree>()["a"][1] == 2);
    copy = Tree{{"b", nullptr}};
    CHECK(copy.view() == R"({"b":null})");
    CHECK(copy != moved);
    CHECK(kei::Json("{").as<Tree>().is_discarded());
}

TEST_CASE("a secret cannot be shown or compared by mistake, and what is let go of is wiped")
{
    static_assert(!IsShown<kei::Secret>::value);
    static_assert(!std::is_convertible_v<kei::Secret, std::string>);
    static_assert(!std::is_convertible_v<kei::Secret, std::string_view>);
    std::string text(64, 's');
    const char* bytes = text.data();
    kei::detail::wipe(text);
    CHECK(text.empty());
    CHECK(std::string(bytes, 64) == std::string(64, '\0'));
    CHECK(kei::Secret("hunter2").expose() == "hunter2");
}
