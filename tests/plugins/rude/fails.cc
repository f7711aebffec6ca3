// Components that fail, each in another function, and the reasons that they give.
#include <flowrun/component.hh>

#include <cstring>
#include <stdexcept>
#include <string>

namespace {

using namespace flowrun::sdk;

struct Made {
    static constexpr Description description = {"fails.create", "Fails\nwhen it is \x1b[2Jmade \u202e"};
    Made(Node, Value) { throw Failure(Status::invalid, "no room \xff for \x1b it"); }
    Status handle(Call, std::uint32_t, Value) { return Status::ok; }
};

struct Started {
    static constexpr Description description = {"fails.start", "Fails when it is started"};
    Started(Node, Value) {}
    Status start() { throw std::runtime_error("the start has failed"); }
    Status handle(Call, std::uint32_t, Value) { return Status::ok; }
};

struct Ported {
    static constexpr Description description = {"fails.ports", "Fails when it is asked for its ports"};
    Ported(Node, Value) {}
    static Status ports_for(Value, Build out) {
        out.map().key("out").map();
        throw Failure(Status::invalid, "three ports at most");
    }
    Status handle(Call, std::uint32_t, Value) { return Status::ok; }
};

struct Checked {
    static constexpr Description description = {"fails.check", "Fails when it is asked about its settings"};
    Checked(Node, Value) {}
    static std::optional<Mistake> check(const flowrun_host*, Value) { throw std::runtime_error("not \xff good"); }
    Status handle(Call, std::uint32_t, Value) { return Status::ok; }
};

struct Long {
    static constexpr Description description = {"fails.long", "Fails with a text that nobody wants to read"};
    Long(Node, Value) {}
    Status handle(Call call, std::uint32_t, Value) {
        return call.fail(Status::permanent, "so \xe9 long" + std::string(std::size_t{1} << 24U, 'x'));
    }
};

struct Waits {
    static constexpr Description description = {"fails.wait", "Waits for a descriptor that there is none of"};
    Waits(Node, Value) {}
    Status run(Call call) {
        const Status status = call.wait_fd(987, FLOWRUN_READ);
        return call.fail(status, "the answer to a wait for no descriptor");
    }
};

// In C there is the node, and host->refuse.
struct Self {
    const flowrun_host* host;
    flowrun_node* node;
};
std::int32_t create(const flowrun_host* host, flowrun_node* node, const flowrun_value*, void** self) {
    *self = new Self{host, node};
    return FLOWRUN_OK;
}
void destroy(void* self) { delete static_cast<Self*>(self); }
std::int32_t refuses(void* self) {
    constexpr const char* why = "the start is refused";
    static_cast<Self*>(self)->host->refuse(static_cast<Self*>(self)->node, why, std::strlen(why));
    return FLOWRUN_E_UNAVAILABLE;
}
std::int32_t garbled(void*) { return 17; }
std::int32_t taken(void*, flowrun_call*, std::uint32_t, const flowrun_value*) { return FLOWRUN_OK; }

constexpr flowrun_component in_c(const char* id, std::int32_t (*start)(void*)) {
    flowrun_component c{};
    c.size = sizeof c;
    c.id = id;
    c.summary = "Fails when it is started";
    c.create = create;
    c.destroy = destroy;
    c.start = start;
    c.handle = taken;
    return c;
}
constexpr flowrun_component refused = in_c("fails.start_c", refuses);
constexpr flowrun_component odd = in_c("fails.start_odd", garbled);

constexpr const flowrun_component* tables[] = {&detail::table<Made>,
                                               &detail::table<Started>,
                                               &detail::table<Ported>,
                                               &detail::table<Checked>,
                                               &detail::table<Long>,
                                               &detail::table<Waits>,
                                               &refused,
                                               &odd};

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry =
    plugin("fails", "2.5", tables, sizeof tables / sizeof *tables);
