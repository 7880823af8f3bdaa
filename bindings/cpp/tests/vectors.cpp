// Runs the shared vectors: `vectors call|submit|async FILE`. See bindings/vectors/README.md. Longer than most files: every kind of step stands here.
#include "patterns.hpp"
#include "task.hpp"

#include <kei_agent.hpp>

#include <chrono>
#include <cstdio>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

using Tree = nlohmann::json;
using namespace std::chrono_literals;

namespace {

/// A step that did not come out as it should.
struct Wrong : std::runtime_error {
    using std::runtime_error::runtime_error;
};

#if KEI_AGENT_COROUTINES
Task<kei::Result<kei::Json>> awaited(kei::Awaitable<kei::Json, kei::Results>& running)
{
    auto outcome = co_await running;
    co_return outcome;
}
#endif

/// What is in flight under a label.
struct Started {
    std::future<kei::Result<kei::Json>> outcome;
    std::function<void()> cancel;
};

struct Subscribed {
    kei::Subscription subscription;
    std::deque<kei::Event> items, states, requests;
};

std::string bytes_of(const std::string& base64)
{
    static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned bits = 0, count = 0;
    for (const char c : base64.substr(0, base64.find('='))) {
        bits = bits << 6 | static_cast<unsigned>(digits.find(c));
        if ((count += 6) >= 8)
            bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
    }
    return bytes;
}

std::string request_of(const Tree& step)
{
    if (step.contains("request_text"))
        return step["request_text"];
    if (step.contains("request_base64"))
        return bytes_of(step["request_base64"]);
    return step.contains("request") ? step["request"].dump() : "{}";
}

kei::CallOptions options_of(const Tree& step) { return kei::decode<kei::CallOptions>(step.value("options", Tree::object()).dump(), "the options").value(); }

/// The error object, from what the wrapper tells of an error.
Tree object_of(const kei::Error& error)
{
    Tree object{{"code", static_cast<int>(error.code())}, {"name", error.name()}, {"message", error.message()}, {"retryable", error.retryable()}, {"attempts", error.attempts()}};
    object["details"] = Tree::object();
    for (const auto& [name, value] : error.details())
        object["details"][name] = value.as<Tree>();
    if (error.retry_after())
        object["retry_after_ms"] = error.retry_after()->count();
    if (error.http_status())
        object["http_status"] = *error.http_status();
    if (error.oauth_error())
        object["oauth_error"] = *error.oauth_error();
    if (error.correlation_id())
        object["correlation_id"] = *error.correlation_id();
    return object;
}

void match(const Tree& pattern, const Tree& value)
{
    if (!matches(pattern, value))
        throw Wrong("found " + value.dump() + ", which is not " + pattern.dump());
}

void outcome_is(const Tree& step, const kei::Result<kei::Json>& outcome)
{
    if (step.contains("error")) {
        if (outcome)
            throw Wrong("it should fail, and answered " + outcome->str());
        return match(step["error"], object_of(outcome.error()));
    }
    if (!outcome)
        throw Wrong("it failed: " + object_of(outcome.error()).dump());
    if (step.contains("answer_text") && outcome->view() != step["answer_text"].get<std::string>())
        throw Wrong("the text is " + outcome->str());
    if (step.contains("answer"))
        match(step["answer"], outcome->as<Tree>());
}

/// Runs the steps of one case.
class Case {
public:
    Case(const Tree& all, const Tree& one, const kei::Client& platform, const std::string& way) : platform_(platform), way_(way)
    {
        runtime_text_ = one.value("runtime", all["defaults"]["runtime"]).dump();
        client_text_ = one.value("client", all["defaults"]["client"]).dump();
        for (const auto& request : all["reset"])
            ask(request);
    }

    void run(const Tree& one)
    {
        const auto runtime = kei::Runtime::create(runtime_text_);
        if (one.contains("runtime_error"))
            return refused(one["runtime_error"], runtime);
        auto client = kei::Client::create(client_text_, runtime.value());
        if (one.contains("client_error"))
            return refused(one["client_error"], client);
        client_ = std::make_unique<kei::Client>(*std::move(client));
        std::size_t number = 0;
        for (const auto& step : one["steps"]) {
            ++number;
            try {
                take(step);
            } catch (const std::exception& wrong) {
                throw Wrong("step " + std::to_string(number) + " " + step.dump().substr(0, 200) + ": " + wrong.what());
            }
        }
        if (open_)
            client_->close().value();
        runtime->shutdown(10s).value();
    }

private:
    template <class T>
    static void refused(const Tree& pattern, const kei::Result<T>& made)
    {
        if (made)
            throw Wrong("it should be refused, and was made");
        match(pattern, object_of(made.error()));
    }

    Tree ask(const Tree& request) { return platform_.call("http.request", request).value().as<Tree>().value("body", Tree()); }

    kei::Result<kei::Json> call(const Tree& step)
    {
        if (way_ == "call")
            return client_->call(step["call"].get<std::string>(), request_of(step), options_of(step));
        return outcome_of(start(step));
    }
    Started start(const Tree& step)
    {
#if KEI_AGENT_COROUTINES
        if (way_ == "async") {
            const auto running = std::make_shared<kei::Awaitable<kei::Json, kei::Results>>(client_->async(step["call"].get<std::string>(), request_of(step), options_of(step)));
            return {awaited(*running).future, [running] { running->cancel(); }};
        }
#endif
        auto future = client_->submit(step["call"].get<std::string>(), request_of(step), options_of(step));
        const auto operation = std::make_shared<kei::Future<kei::Result<kei::Json>>>(std::move(future));
        return {std::async(std::launch::deferred, [operation] { return operation->get(); }), [operation] { operation->cancel(); }};
    }
    static kei::Result<kei::Json> outcome_of(Started started)
    {
        if (started.outcome.wait_for(30s) == std::future_status::timeout)
            throw Wrong("nothing came in 30 s");
        return started.outcome.get();
    }

    void subscribe(const Tree& step)
    {
        kei::SubscribeOptions options;
        options.call = options_of(step);
        options.replenish = !step.contains("credit");
        options.credit = step.value("credit", options.credit);
        subscribed_.emplace(step["subscribe"].get<std::string>(), client_->subscribe(step["to"].get<std::string>(), request_of(step), options));
    }
    Subscribed& opened(const std::string& label)
    {
        if (const auto found = all_.find(label); found != all_.end())
            return found->second;
        auto& made = subscribed_.at(label);
        if (!made)
            throw Wrong("it was not opened: " + object_of(made.error()).dump());
        return all_.emplace(label, Subscribed{*std::move(made), {}, {}, {}}).first->second;
    }
    /// The next event of a kind, those of others kept for later.
    static kei::Event next(Subscribed& of, std::deque<kei::Event> Subscribed::*kind)
    {
        const auto end = std::chrono::steady_clock::now() + 30s;
        while ((of.*kind).empty()) {
            auto event = of.subscription.next(std::max(end - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration())).value();
            if (!event)
                throw Wrong(of.subscription.ended() ? "the subscription has ended" : "nothing came in 30 s");
            keep(of, *std::move(event));
        }
        kei::Event event = std::move((of.*kind).front());
        (of.*kind).pop_front();
        return event;
    }
    static void keep(Subscribed& of, kei::Event event)
    {
        (event.kind() == kei::EventKind::item ? of.items : event.kind() == kei::EventKind::state ? of.states : of.requests).push_back(std::move(event));
    }
    void end(const Tree& step)
    {
        const std::string label = step["end"];
        if (!subscribed_.at(label) && all_.count(label) == 0)
            return outcome_is(step, kei::Result<kei::Json>(subscribed_.at(label).error()));
        Subscribed& of = opened(label);
        const auto end = std::chrono::steady_clock::now() + 30s;
        while (!of.subscription.ended()) {
            auto event = of.subscription.next(std::max(end - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration())).value();
            if (event)
                keep(of, *std::move(event));
            else if (!of.subscription.ended())
                throw Wrong("it did not end in 30 s");
        }
        if (!of.items.empty())
            throw Wrong("an item was left: " + of.items.front().body().str());
        outcome_is(step, *of.subscription.outcome());
    }
    void asked(const Tree& step)
    {
        kei::Event event = next(opened(step["asked"]), &Subscribed::requests);
        match(step["body"], event.body().as<Tree>());
        const kei::Request request = event.take_request();
        if (step.contains("reply"))
            return request.reply(step["reply"]).value();
        const Tree& error = step["refuse"]["error"];
        request.fail(error.value("message", ""), error.value("retryable", false), static_cast<kei::Code>(step["refuse"]["status"].get<int>())).value();
    }
    void answered(const Tree& step)
    {
        if (step.contains("until")) {
            const auto end = std::chrono::steady_clock::now() + 30s;
            Tree found;
            while (!matches(step["until"], found = ask(step["ask"]))) {
                if (std::chrono::steady_clock::now() > end)
                    throw Wrong("after 30 s it is still " + found.dump());
                std::this_thread::sleep_for(20ms);
            }
            return;
        }
        const Tree found = ask(step["ask"]);
        if (step.contains("is"))
            match(step["is"], found);
    }

    void take(const Tree& step)
    {
        if (step.contains("ask"))
            answered(step);
        else if (step.contains("start"))
            started_.emplace(step["start"].get<std::string>(), start(step));
        else if (step.contains("call"))
            outcome_is(step, call(step));
        else if (step.contains("cancel"))
            started_.at(step["cancel"]).cancel();
        else if (step.contains("finish"))
            outcome_is(step, outcome_of(std::move(started_.at(step["finish"]))));
        else if (step.contains("subscribe"))
            subscribe(step);
        else if (step.contains("item"))
            match(step["body"], next(opened(step["item"]), &Subscribed::items).body().as<Tree>());
        else if (step.contains("state"))
            while (!matches(step["body"], next(opened(step["state"]), &Subscribed::states).body().as<Tree>())) {
            }
        else if (step.contains("asked"))
            asked(step);
        else if (step.contains("credit"))
            opened(step["credit"]).subscription.grant(step["more"]).value();
        else if (step.contains("close"))
            opened(step["close"]).subscription.close().value();
        else if (step.contains("end"))
            end(step);
        else if (step.contains("close_client")) {
            client_->close().value();
            open_ = false;
        } else {
            throw Wrong("no such step");
        }
    }

    const kei::Client& platform_;
    std::string way_, runtime_text_, client_text_;
    std::unique_ptr<kei::Client> client_;
    bool open_ = true;
    std::map<std::string, Started> started_;
    std::map<std::string, kei::Result<kei::Subscription>> subscribed_;
    std::map<std::string, Subscribed> all_;
};

} // namespace

int main(int count, char** arguments)
{
    if (count != 3)
        return std::fprintf(stderr, "use: vectors call|submit|async FILE\n"), 2;
    const std::string way = arguments[1];
    if (way != "call" && way != "submit" && !(way == "async" && KEI_AGENT_COROUTINES))
        return std::fprintf(stderr, "no such way here: %s\n", way.c_str()), 2;
    std::ifstream file(arguments[2]);
    const Tree all = Tree::parse(file);
    const auto platform = kei::Client::create(Tree{{"base_url", all["platform"]}, {"auth", {{"type", "none"}}}, {"breaker", {{"enabled", false}}}}).value();
    int passed = 0, failed = 0;
    for (const auto& one : all["cases"]) {
        try {
            Case(all, one, platform, way).run(one);
            ++passed;
        } catch (const std::exception& wrong) {
            ++failed;
            std::printf("%s: %s\n    (%s)\n", one["name"].get<std::string>().c_str(), wrong.what(), one["promise"].get<std::string>().c_str());
        }
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
