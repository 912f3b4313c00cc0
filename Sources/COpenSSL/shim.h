#pragma once
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// OpenSSL offers these two as macros, which Swift does not import.
static inline long gnomon_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
  return SSL_set_tlsext_host_name(ssl, name);
}
static inline long gnomon_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}

// QUIC Initial packets: contexts are made once, keyed again for each packet, and freed with
// EVP_MAC_CTX_free and EVP_CIPHER_CTX_free. Each returns NULL or 0 on failure.

// An HMAC-SHA-256 context without a key.
static inline EVP_MAC_CTX *gnomon_hmac_sha256_new(void) {
  EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
  EVP_MAC_free(mac);  // The context holds a reference.
  OSSL_PARAM digest[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
      OSSL_PARAM_construct_end()};
  if (context && !EVP_MAC_CTX_set_params(context, digest)) {
    EVP_MAC_CTX_free(context);
    context = NULL;
  }
  return context;
}

// Writes the 32 octets of HMAC-SHA-256(key, data).
static inline int gnomon_hmac_sha256(EVP_MAC_CTX *context, const void *key, size_t key_length,
                                     const void *data, size_t data_length, void *output) {
  size_t written = 0;
  return EVP_MAC_init(context, (const unsigned char *)key, key_length, NULL) &&
         EVP_MAC_update(context, (const unsigned char *)data, data_length) &&
         EVP_MAC_final(context, (unsigned char *)output, &written, 32) && written == 32;
}

// A context of the named cipher without a key.
static inline EVP_CIPHER_CTX *gnomon_cipher_new(const char *name, int encrypt) {
  EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
  EVP_CIPHER_CTX *context = cipher ? EVP_CIPHER_CTX_new() : NULL;
  if (context && !EVP_CipherInit_ex2(context, cipher, NULL, NULL, encrypt, NULL)) {
    EVP_CIPHER_CTX_free(context);
    context = NULL;
  }
  EVP_CIPHER_free(cipher);  // The context holds a reference.
  return context;
}

// Encrypts one block of 16 octets with an AES-128-ECB context.
static inline int gnomon_aes128_block(EVP_CIPHER_CTX *context, const void *key, const void *input,
                                      void *output) {
  int written = 0;
  return EVP_CipherInit_ex2(context, NULL, (const unsigned char *)key, NULL, 1, NULL) &&
         EVP_CIPHER_CTX_set_padding(context, 0) &&
         EVP_CipherUpdate(context, (unsigned char *)output, &written,
                          (const unsigned char *)input, 16) &&
         written == 16;
}

// Opens `length` octets of ciphertext followed by a 16-octet tag with a GCM or ChaCha20-Poly1305
// context and a nonce of 12 octets; writes `length` octets of plaintext.
static inline int gnomon_aead_open(EVP_CIPHER_CTX *context, const void *key, const void *nonce,
                                   const void *associated, int associated_length,
                                   const void *sealed, int length, void *output) {
  int written = 0;
  unsigned char none[16];
  return EVP_CipherInit_ex2(context, NULL, (const unsigned char *)key,
                            (const unsigned char *)nonce, 0, NULL) &&
         EVP_CipherUpdate(context, NULL, &written, (const unsigned char *)associated,
                          associated_length) &&
         EVP_CipherUpdate(context, (unsigned char *)output, &written,
                          (const unsigned char *)sealed, length) &&
         written == length &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16,
                             (unsigned char *)sealed + length) &&
         EVP_CipherFinal_ex(context, none, &written) > 0;
}

// Writes the 32 octets of SHA-256(data).
static inline int gnomon_sha256(const void *data, size_t length, void *output) {
  unsigned int written = 0;
  return EVP_Digest(data, length, (unsigned char *)output, &written, EVP_sha256(), NULL) &&
         written == 32;
}

// Writes the `size` octets of HMAC(key, data): SHA-384 for 48, SHA-256 for 32, SHA-1 for 20.
static inline int gnomon_hmac(int size, const void *key, int key_length, const void *data,
                              size_t data_length, void *output) {
  unsigned int written = 0;
  const EVP_MD *digest = size == 48 ? EVP_sha384() : size == 32 ? EVP_sha256() : EVP_sha1();
  return HMAC(digest, key, key_length, (const unsigned char *)data, data_length,
              (unsigned char *)output, &written) != NULL &&
         (int)written == size;
}

// Decrypts `length` octets, whole blocks, with a CBC context; padding stays.
static inline int gnomon_cbc_open(EVP_CIPHER_CTX *context, const void *key, const void *iv,
                                  const void *sealed, int length, void *output) {
  int written = 0;
  return EVP_CipherInit_ex2(context, NULL, (const unsigned char *)key, (const unsigned char *)iv, 0,
                            NULL) &&
         EVP_CIPHER_CTX_set_padding(context, 0) &&
         EVP_CipherUpdate(context, (unsigned char *)output, &written,
                          (const unsigned char *)sealed, length) &&
         written == length;
}

// Ed25519 (RFC 8032): signatures of rule bundles. Keys are freed with EVP_PKEY_free.

static inline EVP_PKEY *gnomon_ed25519_new(void) {
  return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

// Stands in for the prompt that OpenSSL would open for a key under a password.
static inline int gnomon_no_password(char *buffer, int size, int is_writing, void *context) {
  (void)buffer, (void)size, (void)is_writing, (void)context;
  return -1;
}

// Reads a PEM text; NULL when it holds no such key, or one of another algorithm.
static inline EVP_PKEY *gnomon_ed25519_read(const void *text, int length, int is_private) {
  BIO *bio = BIO_new_mem_buf(text, length);
  EVP_PKEY *key = NULL;
  if (bio) {
    key = is_private ? PEM_read_bio_PrivateKey(bio, NULL, gnomon_no_password, NULL)
                     : PEM_read_bio_PUBKEY(bio, NULL, gnomon_no_password, NULL);
  }
  BIO_free(bio);
  if (key && !EVP_PKEY_is_a(key, "ED25519")) {
    EVP_PKEY_free(key);
    key = NULL;
  }
  ERR_clear_error();
  return key;
}

// Writes a key as PEM (PKCS #8, or SubjectPublicKeyInfo); its length, or 0 when it fails or does not fit.
static inline int gnomon_ed25519_write(const EVP_PKEY *key, int is_private, void *output,
                                       int capacity) {
  BIO *bio = BIO_new(BIO_s_mem());
  int written = 0;
  if (bio && (is_private ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
                         : PEM_write_bio_PUBKEY(bio, key))) {
    written = BIO_read(bio, output, capacity);
  }
  BIO_free(bio);
  return written > 0 ? written : 0;
}

// Writes the 44 octets of SubjectPublicKeyInfo (RFC 8410, section 4).
static inline int gnomon_ed25519_public(const EVP_PKEY *key, void *output) {
  unsigned char *end = (unsigned char *)output;
  return i2d_PUBKEY(key, NULL) == 44 && i2d_PUBKEY(key, &end) == 44;
}

// Writes the 64 octets of a signature.
static inline int gnomon_ed25519_sign(EVP_PKEY *key, const void *data, size_t length,
                                      void *output) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  size_t written = 64;
  int done = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
             EVP_DigestSign(context, (unsigned char *)output, &written,
                            (const unsigned char *)data, length) == 1 &&
             written == 64;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return done;
}

// Whether 64 octets are the key's signature of the data.
static inline int gnomon_ed25519_verify(EVP_PKEY *key, const void *signature, const void *data,
                                        size_t length) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int holds = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestVerify(context, (const unsigned char *)signature, 64,
                               (const unsigned char *)data, length) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return holds;
}
