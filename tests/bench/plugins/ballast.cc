// ballast.hold: passes messages on, in a process that it has made large.

#include <flowrun/component.hh>

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

using namespace flowrun::sdk;

class Hold {
public:
    static constexpr Description description = {
        "ballast.hold",
        "Passes messages on, and holds memory that it has touched",
        nullptr,
        R"({"type": "object", "required": ["size"], "properties": {
            "size": {"x-size": true, "description": "How much"}
        }})",
        nullptr,
        FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE,
    };

    Hold(Node, Value settings) : size_(static_cast<std::size_t>(settings["size"].unsigned_integer().value_or(0))) {
        memory_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory_ == MAP_FAILED) throw Failure(Status::unavailable, "no memory for the ballast");
        // In small pages: the tables that a fork copies are as long as they can be.
        (void)::madvise(memory_, size_, MADV_NOHUGEPAGE);
        std::memset(memory_, 1, size_);
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() { (void)::munmap(memory_, size_); }

    Status handle(Call call, std::uint32_t, Value message) noexcept { return call.forward(0, message); }

private:
    std::size_t size_;
    void* memory_ = nullptr;
};

FLOWRUN_PLUGIN("ballast", "1.0", Hold);
