// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/operator.h"

namespace berth::message {
namespace {

/// Without a catch-all: a request that is not in the table does not compile.
struct LeastRole {
  Role operator()(const request::Version&) const { return Role::viewer; }
  Role operator()(const request::Plan&) const { return Role::viewer; }
  Role operator()(const request::Apply&) const { return Role::operator_; }
  Role operator()(const request::PlanDestroy&) const { return Role::viewer; }
  Role operator()(const request::Destroy&) const { return Role::operator_; }
  Role operator()(const request::GetHosts&) const { return Role::viewer; }
  Role operator()(const request::GetNodes&) const { return Role::viewer; }
  Role operator()(const request::GetClusters&) const { return Role::viewer; }
  Role operator()(const request::GetRollouts&) const { return Role::viewer; }
  Role operator()(const request::GetEvents&) const { return Role::viewer; }
  Role operator()(const request::GetRollout&) const { return Role::viewer; }
  Role operator()(const request::DescribeNode&) const { return Role::viewer; }
  Role operator()(const request::ReadLog&) const { return Role::viewer; }
  Role operator()(const request::CreateToken&) const { return Role::admin; }
  Role operator()(const request::RemoveHost&) const { return Role::admin; }
  Role operator()(const request::AddOperator&) const { return Role::admin; }
  Role operator()(const request::RemoveOperator&) const { return Role::admin; }
  Role operator()(const request::GetOperators&) const { return Role::admin; }
  Role operator()(const request::PlanSaved&) const { return Role::viewer; }
  Role operator()(const request::ApplySaved&) const { return Role::operator_; }
  Role operator()(const request::Explain&) const { return Role::viewer; }
  Role operator()(const request::Simulate&) const { return Role::viewer; }
  Role operator()(const request::Rebalance&) const { return Role::viewer; }
  Role operator()(const request::GetVolumes&) const { return Role::viewer; }
  Role operator()(const request::GetLocks&) const { return Role::viewer; }
  Role operator()(const request::ReleaseLock&) const { return Role::operator_; }
  Role operator()(const request::PlanRevision&) const { return Role::viewer; }
  Role operator()(const request::ApplyRevision&) const { return Role::operator_; }
  Role operator()(const request::SteerRollout&) const { return Role::operator_; }
  Role operator()(const request::SetDuty&) const { return Role::operator_; }
  Role operator()(const request::SetPower&) const { return Role::operator_; }
  Role operator()(const request::DeleteVolumes&) const { return Role::operator_; }
  Role operator()(const request::SnapshotVolume&) const { return Role::operator_; }
  Role operator()(const request::RestoreVolume&) const { return Role::operator_; }
  Role operator()(const request::GetSecrets&) const { return Role::viewer; }
  Role operator()(const request::ReadSecret&) const { return Role::admin; }
  Role operator()(const request::SetSecret&) const { return Role::operator_; }
  Role operator()(const request::RotateSecret&) const { return Role::operator_; }
  Role operator()(const request::DeleteSecret&) const { return Role::operator_; }
  Role operator()(const request::DescribeStack&) const { return Role::viewer; }
};

}  // namespace

Role roleFor(const Request& request) { return std::visit(LeastRole{}, request); }

}  // namespace berth::message
