"""The Terraform provider for Alibaba Cloud, as far as it calls: one class for each resource."""
