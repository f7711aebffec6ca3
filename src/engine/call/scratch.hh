#pragma once
// What few calls need: kept beside the call, acquired from the thread's stock and given back there.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/arena.hh"
#include "base/error.hh"
#include "engine/call/made_settings.hh"
#include "value/builder.hh"
#include "value/value.hh"

namespace flowrun::engine {

struct CallScratch {
    std::unique_ptr<Error> error;                           // of this call: host->fail
    std::unique_ptr<Error> last_error;                      // of its last emit
    value::Value reply;                                     // of this call
    value::Value last_reply;                                // of its last emit
    Arena arena;                                            // of its settings
    std::vector<std::unique_ptr<value::Builder>> builders;  // each holds one value made for this call
    std::size_t built = 0;                                  // of the builders, those in use
    MadeSettings made_settings;
    std::unique_ptr<CallScratch> of_item;  // holds the setting of one element, until the next
    std::int32_t setting_status = 0;
    std::unique_ptr<std::string> text;  // what a flowrun_meta or flowrun_error handed out points at
    std::vector<value::Value> kept;     // alive until the call ends

    value::Builder& builder();
    void clear();
};

// Not shared between threads; what was acquired on one thread may be given back on another.
class ScratchStock {
public:
    CallScratch& acquire();
    void release(CallScratch* scratch);

private:
    std::vector<std::unique_ptr<CallScratch>> spare_;
};

}  // namespace flowrun::engine
