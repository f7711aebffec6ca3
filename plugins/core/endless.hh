#pragma once
// The end of a source that has none of its own.

#include <flowrun/component.hh>

namespace flowrun::core {

// What `run` returns: for an endless source a stop is its end, for any other one a cut.
inline sdk::Status end_of_source(bool endless, sdk::Status status) {
    return endless && status == sdk::Status::cancelled ? sdk::Status::ok : status;
}

}  // namespace flowrun::core
