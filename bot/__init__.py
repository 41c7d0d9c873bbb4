"""maintbot: maintenance of virtual machine hosts, run from chat."""
