// A file in which reading positions were kept, whatever it holds by now: it is read, or refused with a reason; what was read is
// there again when it has been saved.

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "../../plugins/file/state.hh"
#include "../../src/component/values_table.hh"
#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::file;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

const std::string& path() {
    static const std::string only = [] {
        char folder[] = "/tmp/fuzz-read-state-XXXXXX";
        must(::mkdtemp(folder) != nullptr);
        static const std::string made = folder;
        std::atexit([] {
            (void)::unlink((made + "/state").c_str());
            (void)::rmdir(made.c_str());
        });
        return made + "/state";
    }();
    return only;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const int fd = ::open(path().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0 && ::write(fd, data, size) == static_cast<ssize_t>(size));
    ::close(fd);
    try {
        State state(&component::values_table(), path());
        const auto places = state.places();
        for (const auto& [id, place] : places) {
            std::string why;
            (void)state.find(id, 0, why);
        }
        if (!places.empty()) {
            state.save();
            State::Id first = places.begin()->first;
            state.put(first, places.begin()->second);
            must(!state.changed());
        }
        state = State(&component::values_table(), path() + ".none");
        (void)::unlink((path() + ".none").c_str());
        must(State(&component::values_table(), path()).places() == places);
    } catch (const sdk::Failure& failure) {
        must(std::string_view(failure.what()).find("state") != std::string_view::npos);
    }
    return 0;
}
