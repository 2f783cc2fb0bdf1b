# SPDX-License-Identifier: Apache-2.0
#
# A room is one folder and one static library. It may know only what it names here:
#
#   berth_room(planner/layout SOURCES place.cpp KNOWS words LIBRARIES ZLIB::ZLIB)
#
# KNOWS lists rooms of ours, LIBRARIES what comes from outside. The arrows of the design are checked when
# CMake runs, so that an include across a wall fails at configuration and not in review.

# house of a room = its top folder
function(_berth_house room out)
  string(REGEX REPLACE "/.*" "" house "${room}")
  set(${out} "${house}" PARENT_SCOPE)
endfunction()

set(BERTH_MAY_KNOW_words words)
set(BERTH_MAY_KNOW_protocol words protocol)
set(BERTH_MAY_KNOW_planner words planner)
set(BERTH_MAY_KNOW_agent words protocol agent)
set(BERTH_MAY_KNOW_controller words protocol planner controller)

function(berth_room room)
  cmake_parse_arguments(ROOM "" "" "SOURCES;KNOWS;LIBRARIES" ${ARGN})
  _berth_house(${room} house)
  string(REPLACE "/" "_" target "berth_${room}")

  foreach(known IN LISTS ROOM_KNOWS)
    _berth_house(${known} known_house)
    if(NOT known_house IN_LIST BERTH_MAY_KNOW_${house})
      message(FATAL_ERROR "${room} may not know ${known}: the design draws no arrow from ${house} to ${known_house}")
    endif()
  endforeach()

  add_library(${target} STATIC ${ROOM_SOURCES})
  foreach(known IN LISTS ROOM_KNOWS)
    string(REPLACE "/" "_" known_target "berth_${known}")
    target_link_libraries(${target} PUBLIC ${known_target})
  endforeach()
  target_link_libraries(${target} PUBLIC ${ROOM_LIBRARIES} PRIVATE berth_compiler)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
endfunction()

# berth_program(berth-agent SOURCES main.cpp KNOWS agent/program): one of the three programs; it lies in bin/ of the build
# tree and is installed, with the package of its name.
function(berth_program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;KNOWS;LIBRARIES" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  foreach(known IN LISTS PROGRAM_KNOWS)
    string(REPLACE "/" "_" known_target "berth_${known}")
    target_link_libraries(${name} PRIVATE ${known_target})
  endforeach()
  target_link_libraries(${name} PRIVATE berth_compiler ${PROGRAM_LIBRARIES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${name})
endfunction()

# berth_test(planner/layout SOURCES place_test.cpp KNOWS planner/layout): one gtest program for one room,
# named test_planner_layout; ctest sees each of its cases, labelled with the first folder under tests/ (unit, …). With
# THREADS, what it tests has threads: the label ends in -threads and the target threaded_tests builds it, for TSan.
function(berth_test room)
  cmake_parse_arguments(TEST "THREADS" "LABEL" "SOURCES;KNOWS;LIBRARIES" ${ARGN})
  if(NOT TEST_LABEL)
    set(TEST_LABEL unit)
  endif()
  string(REPLACE "/" "_" target "test_${room}")
  if(NOT TEST_LABEL STREQUAL unit)
    set(target "${target}_${TEST_LABEL}")
  endif()
  add_executable(${target} ${TEST_SOURCES})
  foreach(known IN LISTS TEST_KNOWS)
    string(REPLACE "/" "_" known_target "berth_${known}")
    target_link_libraries(${target} PRIVATE ${known_target})
  endforeach()
  target_link_libraries(${target} PRIVATE berth_compiler ${TEST_LIBRARIES} GTest::gmock GTest::gtest_main)
  # Instrumented code is slow to compile; tests themselves need not be fast.
  if(BERTH_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
  # What decides, and what reads bytes from outside, also runs under ASan and UBSan.
  if(TEST_LABEL STREQUAL unit AND
     room MATCHES "^(words|planner/.*|protocol/message)$")
    if(NOT TARGET sanitized_tests)
      add_custom_target(sanitized_tests)
    endif()
    add_dependencies(sanitized_tests ${target})
  endif()
  if(TEST_THREADS)
    string(APPEND TEST_LABEL "-threads")
    if(NOT TARGET threaded_tests)
      add_custom_target(threaded_tests)
    endif()
    add_dependencies(threaded_tests ${target})
  endif()
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST
                       PROPERTIES LABELS ${TEST_LABEL} TIMEOUT 120
                                  ENVIRONMENT TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp)
endfunction()
