#include <flowrun/component.hh>
#include "../../src/base/error.hh"
#include "base/error.hh"
