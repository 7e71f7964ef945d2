"""Keys and ciphertext: who may open what stands here, and nothing here is stored in clear."""
