#include "base/eror.hh"
