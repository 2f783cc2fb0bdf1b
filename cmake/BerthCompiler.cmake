# SPDX-License-Identifier: Apache-2.0
# One set of compiler settings for everything: C++20, all warnings are errors, sanitizers by preset.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

# Assertions stay on in every build type: they state what must hold, and a release is where it matters.
foreach(type RELEASE RELWITHDEBINFO MINSIZEREL)
  string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_${type} "${CMAKE_CXX_FLAGS_${type}}")
endforeach()

add_library(berth_compiler INTERFACE)
target_compile_options(berth_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  # Clang's -Wconversion means more than GCC's; both shall take the same code.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)
# In optimised builds GCC 12 sees overlapping copies in std::string's own operator+ (its bug 105651), and members of
# variants read before they are set where std::sort moves them.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(berth_compiler INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
target_include_directories(berth_compiler INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_definitions(berth_compiler INTERFACE BERTH_VERSION="${PROJECT_VERSION}")

set(BERTH_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, for example address,undefined")
if(BERTH_SANITIZE)
  add_compile_options(-fsanitize=${BERTH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BERTH_SANITIZE})
endif()

find_program(BERTH_CCACHE ccache)
if(BERTH_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BERTH_CCACHE})
endif()
find_program(BERTH_MOLD mold)
if(BERTH_MOLD AND NOT CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT BERTH_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()
