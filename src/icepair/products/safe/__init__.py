"""Products in the SAFE layout: a folder or a zip of metadata in XML and images."""
