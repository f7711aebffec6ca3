#pragma once
// What components say in their `check` that they will read and write (flowrun/ext/claims.h).

#include <vector>

#include <flowrun/ext/claims.h>

#include "flow/catalog.hh"

namespace flowrun::component {

// Claims made on this thread go to `into` while it lives.
class HeardClaims {
public:
    explicit HeardClaims(std::vector<flow::Claim>& into);
    ~HeardClaims();
    HeardClaims(const HeardClaims&) = delete;
    HeardClaims& operator=(const HeardClaims&) = delete;

private:
    std::vector<flow::Claim>* const outer_;
};

// The one table; lives as long as the process.
const flowrun_claims& claims_table();

}  // namespace flowrun::component
