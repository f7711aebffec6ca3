// stats.so: a plugin in C++17, built outside the tree against the installed SDK.
#include <flowrun/component.hh>

#include <stdexcept>
#include <string>

using namespace flowrun::sdk;

namespace {

class Mean {
public:
    static constexpr Description description = {
        "stats.mean",
        "Gives the mean of a number in all messages, at the end",
        nullptr,
        R"({"type": "object", "required": ["of"], "properties": {
            "of": {"type": "string", "description": "Where the number is, such as order.total"}
        }})",
        R"({"in": {"in": "Messages"}, "out": {"out": "At the end: {count, mean}"}})",
        FLOWRUN_COOPERATIVE,
    };

    Mean(Node node, Value settings)
        : of_(settings["of"].string().value()), path_(node.values(), of_), builder_(node.values()) {}

    Status handle(Call, std::uint32_t, Value message) {
        const auto number = path_.get(message).real();
        if (!number) throw Failure(Status::invalid, "there is no number at " + of_).detail(message);
        sum_ += *number;
        ++count_;
        return Status::ok;
    }

    Status end(Call call) {
        builder_.map().key("count").unsigned_integer(count_).key("mean");
        if (count_ > 0) builder_.real(sum_ / static_cast<double>(count_));
        else builder_.null();
        return call.emit(0, builder_.end().finish());
    }

private:
    std::string of_;
    Path path_;
    Builder builder_;
    double sum_ = 0;
    std::uint64_t count_ = 0;
};

// Throws what it is told to: the border turns each into an error.
class Throw {
public:
    static constexpr Description description = {"stats.throw", "Throws"};
    Throw(Node, Value settings) {
        if (settings["refuse"]) throw Failure(Status::invalid, "refused on purpose");
    }
    Status handle(Call, std::uint32_t, Value message) {
        if (message.string() == "exception") throw std::runtime_error("a runtime error");
        if (message.string() == "number") throw 7;
        throw Failure(Status::unavailable, "a failure").retry(Retry::no).retry_after(5).detail(message);
    }
};

}  // namespace

FLOWRUN_PLUGIN("stats", "1.0", Mean, Throw);
