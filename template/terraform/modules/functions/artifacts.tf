# The artifacts go through a bucket: uploaded once instead of once per function, free of the 50 MB
# limit of a direct upload, and functions are created side by side (the provider reads a local
# zip for one function at a time).

locals {
  artifacts = {
    code  = "${var.artifact_dir}/code.zip"
    layer = "${var.artifact_dir}/layer.zip"
  }
}

resource "aws_s3_bucket" "artifacts" {
  bucket        = var.artifact_bucket_name
  force_destroy = true # a build makes them again, byte for byte
}

resource "aws_s3_bucket_public_access_block" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RefusePlainText"
      Effect    = "Deny"
      Principal = "*"
      Action    = ["s3:GetObject", "s3:PutObject"]
      Resource  = "${aws_s3_bucket.artifacts.arn}/*"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  # Two writes to one bucket at a time are a conflict.
  depends_on = [aws_s3_bucket_public_access_block.artifacts]
}

# Named by their content: another build is another object, and the old one stays until the
# functions have moved.
resource "aws_s3_object" "artifact" {
  for_each = local.artifacts

  bucket = aws_s3_bucket.artifacts.id
  key    = "${each.key}/${filesha256(each.value)}.zip"
  source = each.value

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_s3_bucket_policy.artifacts]
}
