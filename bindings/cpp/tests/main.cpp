// Runs the tests, and ends with a line that says how many passed.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

namespace {

struct Count : doctest::IReporter {
    explicit Count(const doctest::ContextOptions&) {}
    static unsigned& all()
    {
        static unsigned count = 0;
        return count;
    }
    static unsigned& bad()
    {
        static unsigned count = 0;
        return count;
    }
    void test_run_end(const doctest::TestRunStats& stats) override
    {
        all() = stats.numTestCasesPassingFilters;
        bad() = stats.numTestCasesFailed;
    }
    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_case_start(const doctest::TestCaseData&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_LISTENER("count", 1, Count);

} // namespace

int main(int count, char** arguments)
{
    doctest::Context context(count, arguments);
    const int status = context.run();
    std::printf("%u passed, %u failed\n", Count::all() - Count::bad(), Count::bad());
    return status;
}
